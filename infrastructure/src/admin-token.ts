import { CfnOutput, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * The first token, with which an administrator makes others. Its text is `pi_` and this secret. The migrator writes its hash to the database; no
 * service can read the secret.
 */
export class AdminToken extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: 'The first token of Property Insights, without its pi_',
      generateSecretString: {
        // Letters and digits only, as in any token; 43 of them are 256 bits.
        passwordLength: 43,
        excludePunctuation: true,
      },
      // Useless without its database; a new stack makes a new one.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'It is changed by hand, as is every token: a new value, which the migrator takes in, and the old one revoked in the database.',
    });
    // The smoke test and administrators find the secret by this output; reading its value requires a permission.
    new CfnOutput(scope, 'AdminTokenSecretArn', { value: this.secret.secretArn });
  }
}
