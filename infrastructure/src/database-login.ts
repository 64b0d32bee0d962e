import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** The name and password with which a service logs in to the database. The migrator creates the user; rotations change both. */
export class DatabaseLogin extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { username }: { username: string }) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: `How the ${username} service logs in to the Property Insights database`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username }),
        generateStringKey: 'password',
        passwordLength: 40,
        // Letters and digits only, which need no quoting in SQL, a URL or a shell; 40 of them are 238 bits.
        excludePunctuation: true,
      },
      // The login is useless without its database; a new stack makes new logins.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
