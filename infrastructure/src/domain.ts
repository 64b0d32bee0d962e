import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, HostedZone, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Entry } from './configuration.ts';
import type { LoadBalancer } from './load-balancer.ts';

/** A domain name: its certificate, validated by DNS, and its record. */
export class Domain extends Construct {
  readonly certificate: Certificate;
  readonly domainName: string;
  private readonly zone: IHostedZone;

  constructor(scope: Construct, id: string, entry: Extract<Entry, { kind: 'domain' }>) {
    super(scope, id);
    this.domainName = entry.domainName;
    this.zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: entry.hostedZoneId,
      zoneName: entry.hostedZoneName,
    });
    this.certificate = new Certificate(this, 'Certificate', {
      domainName: entry.domainName,
      validation: CertificateValidation.fromDns(this.zone),
    });
  }

  get address(): string {
    return `https://${this.domainName}`;
  }

  pointTo({ loadBalancer }: LoadBalancer): void {
    new ARecord(this, 'Record', {
      zone: this.zone,
      recordName: this.domainName,
      target: RecordTarget.fromAlias(new LoadBalancerTarget(loadBalancer)),
    });
  }
}
