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
import { stages as knownStages } from './stages.ts';

const stages = Object.keys(knownStages);

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
    const diff = this.role('Diff', `repo:${repository}:pull_request`, []);
    // Not the bootstrap's look-up role, which reads the whole account: code of any branch runs with this role.
    diff.addToPolicy(
      new PolicyStatement({
        actions: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
        resources: stages.map((stage) =>
          this.formatArn({
            service: 'cloudformation',
            resource: 'stack',
            resourceName: `property-insights-${stage}/*`,
          }),
        ),
      }),
    );
    Validations.of(diff).acknowledge(
      ...stages.map((stage) => ({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/property-insights-${stage}/*]`,
        reason: 'The id of a stack ends with a random suffix.',
      })),
    );

    new CfnOutput(this, 'DeployRoleName', { value: deploy.roleName });
    new CfnOutput(this, 'DiffRoleName', { value: diff.roleName });
  }

  /** A role for tokens with exactly this subject. It may assume these roles of the bootstrap in this account and region, and nothing else. */
  private role(id: string, subject: string, may: BootstrapRole[]): Role {
    const role = new Role(this, id, {
      description: `For GitHub's ${subject}`,
      assumedBy: new WebIdentityPrincipal(this.provider.oidcProviderArn, {
        StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com', [`${ISSUER}:sub`]: subject },
      }),
      maxSessionDuration: Duration.hours(1),
    });
    if (may.length === 0) return role;
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
