import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AaaaRecord,
  ARecord,
  HostedZone,
  type IAliasRecordTarget,
  type IHostedZone,
  RecordTarget,
} from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { DomainName } from './configuration.ts';

/** A domain name in a hosted zone of the account. */
export class Domain extends Construct {
  readonly name: string;
  private readonly zone: IHostedZone;

  constructor(scope: Construct, id: string, { domainName, hostedZoneId, hostedZoneName }: DomainName) {
    super(scope, id);
    this.name = domainName;
    this.zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId,
      zoneName: hostedZoneName,
    });
  }

  /** A certificate for the name, validated by DNS. */
  certificate(): Certificate {
    return new Certificate(this, 'Certificate', {
      domainName: this.name,
      validation: CertificateValidation.fromDns(this.zone),
    });
  }

  /** @param ipv6 whether the target has IPv6 addresses too */
  pointTo(aliasTarget: IAliasRecordTarget, { ipv6 }: { ipv6: boolean }): void {
    const record = { zone: this.zone, recordName: this.name, target: RecordTarget.fromAlias(aliasTarget) };
    new ARecord(this, 'Record', record);
    if (ipv6) new AaaaRecord(this, 'RecordIPv6', record);
  }
}
