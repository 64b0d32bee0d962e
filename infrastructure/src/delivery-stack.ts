import { ArnFormat, CfnOutput, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  type IOidcProvider,
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Delivery } from './delivery-configuration.ts';

const ISSUER = 'token.actions.githubusercontent.com';

/** The roles that `npm run bootstrap` creates in an account. The CDK CLI assumes them; they have the permissions. */
type BootstrapRole = 'deploy' | 'file-publishing' | 'image-publishing' | 'lookup';

/** GitHub's identity provider, and the two roles that jobs of one repository may assume: to deploy, and to compare. */
export class DeliveryStack extends Stack {
  private readonly provider: IOidcProvider;

  constructor(scope: Construct, id: string, { repository, environment, providerExists }: Delivery) {
    super(scope, id, { description: 'Property Insights: deliveries from GitHub' });
    this.provider = providerExists
      ? OidcProviderNative.fromOidcProviderArn(
          this,
          'GitHub',
          this.formatArn({ service: 'iam', region: '', resource: 'oidc-provider', resourceName: ISSUER }),
        )
      : new OidcProviderNative(this, 'GitHub', {
          url: `https://${ISSUER}`,
          clientIds: ['sts.amazonaws.com'],
          removalPolicy: RemovalPolicy.DESTROY,
        });

    const deploy = this.role('Deploy', `repo:${repository}:environment:${environment}`, [
      'deploy',
      'file-publishing',
      'image-publishing',
      'lookup',
    ]);
    // For the smoke test, which enters a property. CloudFormation generates the name: that of the resource and a random suffix.
    deploy.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [
          this.formatArn({
            service: 'secretsmanager',
            resource: 'secret',
            resourceName: 'AdminTokenSecret*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    );
    Validations.of(deploy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:AdminTokenSecret*]',
      reason: 'The secret is created by the stack that this role deploys, with a random suffix in its name.',
    });
    // Pull requests from forks get no token from GitHub.
    const diff = this.role('Diff', `repo:${repository}:pull_request`, ['lookup']);

    new CfnOutput(this, 'DeployRoleName', { value: deploy.roleName });
    new CfnOutput(this, 'DiffRoleName', { value: diff.roleName });
  }

  /** A role for tokens with exactly this subject. It may assume roles of the bootstrap in this account and region, and has no other permissions. */
  private role(id: string, subject: string, may: BootstrapRole[]): Role {
    const role = new Role(this, id, {
      description: `For GitHub's ${subject}`,
      assumedBy: new WebIdentityPrincipal(this.provider.oidcProviderArn, {
        StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com', [`${ISSUER}:sub`]: subject },
      }),
      maxSessionDuration: Duration.hours(1),
    });
    const qualifier = this.synthesizer.bootstrapQualifier;
    role.addToPolicy(
      new PolicyStatement({
        actions: ['sts:AssumeRole'],
        resources: may.map((name) =>
          this.formatArn({
            service: 'iam',
            region: '',
            resource: 'role',
            resourceName: `cdk-${qualifier}-${name}-role-${this.account}-${this.region}`,
          }),
        ),
      }),
    );
    return role;
  }
}
