import { isIPv6 } from 'node:net';
import { Stack } from 'aws-cdk-lib';
import { CfnIPSet, CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { LoadBalancer } from './load-balancer.ts';
import { logGroup, uniqueName } from './logs.ts';
import type { Stage } from './stages.ts';

export interface WebAclProps {
  stage: Stage;
  loadBalancer: LoadBalancer;
  /** The networks that may send requests, in CIDR notation; empty for everyone. */
  allowedNetworks: string[];
  /** The header with the client's address, if requests come through CloudFront. */
  clientAddressHeader?: string;
}

/** The maximum of requests from one address in five minutes: 20 a second, which several busy dashboards in one office need. */
const REQUESTS_PER_ADDRESS = 6000;

/** Sales files are large and contain text that the rules take for attacks. The service validates them itself. */
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
 * The firewall at the load balancer, which every request passes with any entry. Behind CloudFront it does not use Amazon's list of malicious
 * addresses, which applies to the address that connects to the load balancer: that of CloudFront.
 */
export class WebAcl extends Construct {
  readonly acl: CfnWebACL;

  constructor(
    scope: Construct,
    id: string,
    { stage, loadBalancer, allowedNetworks, clientAddressHeader }: WebAclProps,
  ) {
    super(scope, id);
    const rules = [
      ...(allowedNetworks.length > 0 ? [this.refuseOthers(allowedNetworks, clientAddressHeader)] : []),
      ...(clientAddressHeader ? [] : [managedRules('AddressReputation', 'AWSManagedRulesAmazonIpReputationList')]),
      rateLimit(clientAddressHeader),
      managedRules('Common', 'AWSManagedRulesCommonRuleSet', {
        scopeDownStatement: notAnImport,
        ruleActionOverrides: countOnly(
          // A hundred localities need a query over 2 KB.
          'SizeRestrictions_QUERYSTRING',
          // The services limit the size of a body, and validate its content: a comment may be long, and contain markup or a path.
          'SizeRestrictions_BODY',
          'CrossSiteScripting_BODY',
          'EC2MetaDataSSRF_BODY',
          'GenericLFI_BODY',
          'GenericRFI_BODY',
        ),
      }),
      managedRules('KnownBadInputs', 'AWSManagedRulesKnownBadInputsRuleSet'),
      managedRules('Sql', 'AWSManagedRulesSQLiRuleSet', {
        scopeDownStatement: notAnImport,
        // The services bind every value; a name may contain what looks like SQL.
        ruleActionOverrides: countOnly('SQLi_BODY', 'SQLiExtendedPatterns_BODY'),
      }),
    ];
    const stack = Stack.of(this);
    this.acl = new CfnWebACL(this, 'WebAcl', {
      // Identifies its metrics: without a name, AWS generates one.
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
    // WAF requires the prefix. The services log the requests that are allowed.
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

  /** Refuses requests from outside the networks. An IP set has addresses of one version. */
  private refuseOthers(allowedNetworks: string[], clientAddressHeader: string | undefined): Rule {
    const versions = Object.entries(
      Object.groupBy(allowedNetworks, (network) => (isIPv6(network.replace(/\/.*/, '')) ? 'IPV6' : 'IPV4')),
    );
    const isOutside = versions.map(([ipAddressVersion, addresses]): CfnWebACL.StatementProperty => {
      const { attrArn } = new CfnIPSet(this, `Allowed-${ipAddressVersion}`, {
        scope: 'REGIONAL',
        ipAddressVersion,
        addresses,
      });
      const ipSetForwardedIpConfig = clientAddressHeader
        ? { headerName: clientAddressHeader, fallbackBehavior: 'NO_MATCH', position: 'FIRST' }
        : undefined;
      return { notStatement: { statement: { ipSetReferenceStatement: { arn: attrArn, ipSetForwardedIpConfig } } } };
    });
    const [only] = isOutside;
    return {
      name: 'AllowedNetworks',
      statement: isOutside.length === 1 && only ? only : { andStatement: { statements: isOutside } },
      action: { block: {} },
      visibilityConfig: visibility('AllowedNetworks'),
    };
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

/** Overrides that let rules of a group count requests instead of blocking them. */
function countOnly(...names: string[]): CfnWebACL.RuleActionOverrideProperty[] {
  return names.map((name) => ({ name, actionToUse: { count: {} } }));
}

/** A group of rules that AWS maintains. */
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
