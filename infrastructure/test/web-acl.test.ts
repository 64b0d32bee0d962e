import { describe, expect, test } from 'vitest';
import { isBehindCloudFront, resource, synthesize, type Value, variants } from './synthesize.ts';

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const { Rules } = resource(template, 'AWS::WAFv2::WebACL').properties;
  const rule = (name: string): Value => Rules.find((one: { Name: string }) => one.Name === name);

  test('looks at every request of the load balancer', () => {
    const association = resource(template, 'AWS::WAFv2::WebACLAssociation').properties;
    expect(association.ResourceArn.Ref).toBe(resource(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer').id);
  });

  test("applies Amazon's rules on reputation, common attacks, bad inputs and SQL", () => {
    const groups = Rules.map((one: Value) => one.Statement.ManagedRuleGroupStatement?.Name).filter(Boolean);
    expect(groups).toEqual([
      // It would look at CloudFront's address.
      ...(isBehindCloudFront(options) ? [] : ['AWSManagedRulesAmazonIpReputationList']),
      'AWSManagedRulesCommonRuleSet',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesSQLiRuleSet',
    ]);
    expect(Rules.map((one: Value) => one.Priority)).toEqual(Rules.map((_: Value, index: number) => index));
  });

  test('lets big imports through, and only them', () => {
    for (const name of ['Common', 'Sql']) {
      const scope = rule(name).Statement.ManagedRuleGroupStatement.ScopeDownStatement.NotStatement.Statement;
      expect(scope.ByteMatchStatement).toMatchObject({
        PositionalConstraint: 'STARTS_WITH',
        SearchString: '/api/imports',
      });
    }
  });

  test('lets through queries that name as many places as the services take', () => {
    const common = rule('Common').Statement.ManagedRuleGroupStatement;
    expect(common.RuleActionOverrides).toEqual([{ Name: 'SizeRestrictions_QUERYSTRING', ActionToUse: { Count: {} } }]);
    for (const { Name, Statement } of Rules) {
      if (Name !== 'Common') expect(Statement.ManagedRuleGroupStatement?.RuleActionOverrides).toBeUndefined();
    }
  });

  test('limits the requests of one client address', () => {
    const { RateBasedStatement } = rule('RateLimit').Statement;
    expect(RateBasedStatement.Limit).toBe(6000);
    if (isBehindCloudFront(options)) {
      expect(RateBasedStatement.ForwardedIPConfig).toEqual({
        HeaderName: 'x-client-address',
        FallbackBehavior: 'MATCH',
      });
    } else {
      expect(RateBasedStatement.AggregateKeyType).toBe('IP');
    }
  });

  test('logs what it blocks, without credentials', () => {
    const logging = resource(template, 'AWS::WAFv2::LoggingConfiguration').properties;
    expect(logging.RedactedFields).toEqual([
      { SingleHeader: { Name: 'authorization' } },
      { SingleHeader: { Name: 'cookie' } },
    ]);
    const name = JSON.stringify(resource(template, 'AWS::Logs::LogGroup', 'WebAcl').properties.LogGroupName);
    expect(name).toContain('aws-waf-logs-property-insights-');
  });
});
