import { BootstraplessSynthesizer, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** The AWS services whose resources the stacks have, by their prefix in IAM. */
export const managedServices = [
  'acm',
  'application-autoscaling',
  'budgets',
  'cloudfront',
  'cloudwatch',
  'ec2',
  'ecs',
  'elasticloadbalancing',
  'lambda',
  'logs',
  'rds',
  'route53',
  's3',
  'secretsmanager',
  'ses',
  'sns',
  'wafv2',
];

/**
 * What CloudFormation may do when it deploys the stacks, instead of everything: `npm run bootstrap` takes the policy's ARN. Roles, policies and
 * instance profiles only by the name that CloudFormation gives those of the stacks; no users, no access keys, no other role.
 */
export class PermissionsStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Property Insights: what CloudFormation may do',
      // It is deployed before the bootstrap, which takes its policy.
      synthesizer: new BootstraplessSynthesizer(),
    });
    const roles = this.iam('role', 'property-insights-*');
    const profiles = this.iam('instance-profile', 'property-insights-*');
    const statements: [actions: string[], resources: string[]][] = [
      [managedServices.map((service) => `${service}:*`), ['*']],
      [['iam:*Role', 'iam:*RolePolicy', 'iam:*RolePolicies', 'iam:UpdateAssumeRolePolicy'], [roles]],
      [['iam:*InstanceProfile'], [roles, profiles]],
      [['iam:*OpenIDConnectProvider*'], [this.iam('oidc-provider', 'token.actions.githubusercontent.com')]],
      [['iam:CreateServiceLinkedRole'], [this.iam('role', 'aws-service-role/*')]],
      [['kms:CreateGrant', 'kms:DescribeKey'], ['*']],
      [['ssm:GetParameters'], [this.parameters('cdk-bootstrap/*'), this.parameters('aws/service/*', '')]],
    ];
    const policy = new ManagedPolicy(this, 'Execution', {
      managedPolicyName: 'property-insights-execution',
      description: 'For the role with which CloudFormation deploys Property Insights',
      statements: statements.map(([actions, resources]) => new PolicyStatement({ actions, resources })),
    });
    const wildcards = statements.flatMap(([actions, resources]) => [
      ...actions.map((action) => `Action::${action}`),
      ...resources.map((resource) => `Resource::${this.readable(resource)}`),
    ]);
    Validations.of(policy).acknowledge(
      ...[...new Set(wildcards)]
        .filter((wildcard) => wildcard.includes('*'))
        .map((wildcard) => ({
          id: `AwsSolutions-IAM5[${wildcard}]`,
          reason:
            'CloudFormation creates, changes and deletes all resources of the stacks, whose names end with a random suffix.',
        })),
    );
    new CfnOutput(this, 'PolicyArn', { value: policy.managedPolicyArn });
  }

  private iam(resource: string, resourceName: string): string {
    return this.formatArn({ service: 'iam', region: '', resource, resourceName });
  }

  private parameters(resourceName: string, account?: string): string {
    return this.formatArn({ service: 'ssm', account, resource: 'parameter', resourceName });
  }

  /** An ARN as the rules write it. */
  private readable(arn: string): string {
    const { partition, account, region } = this;
    return [partition, account, region].reduce(
      (text, token, index) => text.replaceAll(token, `<AWS::${['Partition', 'AccountId', 'Region'][index]}>`),
      arn,
    );
  }
}
