import { BootstraplessSynthesizer, CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DomainName } from './configuration.ts';
import { Domain } from './domain.ts';

/**
 * The certificate of a name for CloudFront, which requires it in us-east-1 whatever the region of the system. CloudFormation does not pass values between
 * regions, so its ARN is given to the system as an option.
 */
export class CertificateStack extends Stack {
  constructor(scope: Construct, id: string, domain: DomainName) {
    super(scope, id, {
      description: 'Property Insights: the certificate for CloudFront',
      env: { region: 'us-east-1' },
      // It has no assets, so that us-east-1 needs no bootstrap.
      synthesizer: new BootstraplessSynthesizer(),
    });
    const { certificateArn } = new Domain(this, 'Domain', domain).certificate();
    new CfnOutput(this, 'CertificateArn', { value: certificateArn });
  }
}
