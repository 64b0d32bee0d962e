import { Stack } from 'aws-cdk-lib';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { LoadBalancer } from './load-balancer.ts';
import { logGroup, uniqueName } from './logs.ts';
import type { Stage } from './stages.ts';

export interface WebAclProps {
  stage: Stage;
  loadBalancer: LoadBalancer;
  /** The header that tells the client's address, where requests come through CloudFront. */
  clientAddressHeader?: string;
}

/** Requests of one address in five minutes: 20 a second, several busy dashboards behind one office's address. */
export const REQUESTS_PER_ADDRESS = 6000;

/** Sales files are big, and full of what looks like an attack in a body; the service itself reads them with care. */
const notAnImport: CfnWebACL.StatementProperty = {
  notStatement: {
    statement: {
      byteMatchStatement: {
        fieldToMatch: { uriPath: {} },
        positionalConstraint: 'STARTS_WITH',
        searchString: '/api/imports',
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  },
};

/**
 * The firewall at the load balancer, which every request passes whatever the entry. Behind CloudFront it does without Amazon's list of bad
 * addresses, which looks at the address that asks the load balancer: CloudFront's.
 */
export class WebAcl extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, { stage, loadBalancer, clientAddressHeader }: WebAclProps) {
    super(scope, id);
    const rules = [
      ...(clientAddressHeader ? [] : [managedRules('AddressReputation', 'AWSManagedRulesAmazonIpReputationList')]),
      rateLimit(clientAddressHeader),
      // Refuses bodies over 8 KB too, which nothing but an import needs; but not queries over 2 KB, which a hundred localities make.
      managedRules('Common', 'AWSManagedRulesCommonRuleSet', {
        scopeDownStatement: notAnImport,
        ruleActionOverrides: [{ name: 'SizeRestrictions_QUERYSTRING', actionToUse: { count: {} } }],
      }),
      managedRules('KnownBadInputs', 'AWSManagedRulesKnownBadInputsRuleSet'),
      managedRules('Sql', 'AWSManagedRulesSQLiRuleSet', { scopeDownStatement: notAnImport }),
    ];
    const stack = Stack.of(this);
    this.acl = new CfnWebACL(this, 'WebAcl', {
      // By this its figures are found: without a name of its own they would have one that only AWS knows.
      name: stack.stackName,
      description: 'Property Insights entry',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: rules.map((rule, priority) => ({ ...rule, priority })),
      visibilityConfig: visibility(stack.stackName),
    });
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: loadBalancer.loadBalancer.loadBalancerArn,
      webAclArn: this.acl.attrArn,
    });
    // WAF insists on the prefix. Requests let through are in the services' logs already.
    const logs = logGroup(this, 'Logs', stage, { logGroupName: `aws-waf-logs-${uniqueName(this)}` });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.acl.attrArn,
      logDestinationConfigs: [stack.formatArn({ service: 'logs', resource: `log-group:${logs.logGroupName}` })],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }, { ActionCondition: { Action: 'COUNT' } }],
          },
        ],
      },
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { singleHeader: { Name: 'cookie' } }],
    });
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

/** A group of rules that AWS keeps. */
function managedRules(
  name: string,
  group: string,
  options?: Partial<CfnWebACL.ManagedRuleGroupStatementProperty>,
): Rule {
  return {
    name,
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: group, ...options } },
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
  };
}

function rateLimit(clientAddressHeader: string | undefined): Rule {
  return {
    name: 'RateLimit',
    statement: {
      rateBasedStatement: {
        limit: REQUESTS_PER_ADDRESS,
        evaluationWindowSec: 300,
        ...(clientAddressHeader
          ? {
              aggregateKeyType: 'FORWARDED_IP',
              forwardedIpConfig: { headerName: clientAddressHeader, fallbackBehavior: 'MATCH' },
            }
          : { aggregateKeyType: 'IP' }),
      },
    },
    action: { block: { customResponse: { responseCode: 429 } } },
    visibilityConfig: visibility('RateLimit'),
  };
}
