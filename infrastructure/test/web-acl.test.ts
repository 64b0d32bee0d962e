import { describe, expect, test } from 'vitest';
import { isBehindCloudFront, resource, synthesize, type Value, variants } from './synthesize.ts';

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const { Rules } = resource(template, 'AWS::WAFv2::WebACL').properties;
  const rule = (name: string): Value => Rules.find((one: { Name: string }) => one.Name === name);

  test('inspects every request of the load balancer', () => {
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

  test('lets only imports have large bodies', () => {
    for (const name of ['Common', 'Sql']) {
      const scope = rule(name).Statement.ManagedRuleGroupStatement.ScopeDownStatement.NotStatement.Statement;
      expect(scope.ByteMatchStatement).toMatchObject({
        PositionalConstraint: 'STARTS_WITH',
        SearchString: '/api/imports',
      });
    }
  });

  test('only counts the rules that long queries and bodies trigger, and blocks by all others', () => {
    const counted = (name: string) =>
      (rule(name).Statement.ManagedRuleGroupStatement.RuleActionOverrides ?? []).map((override: Value) => {
        expect(override.ActionToUse).toEqual({ Count: {} });
        return override.Name;
      });
    expect(counted('Common')).toEqual([
      'SizeRestrictions_QUERYSTRING',
      'SizeRestrictions_BODY',
      'CrossSiteScripting_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
    ]);
    expect(counted('Sql')).toEqual(['SQLi_BODY', 'SQLiExtendedPatterns_BODY']);
    expect(counted('KnownBadInputs')).toEqual([]);
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

  test('refuses clients outside the networks of the option', () => {
    const allowed = rule('AllowedNetworks');
    if (!options.allowFrom) {
      expect(allowed).toBeUndefined();
      return;
    }
    expect(allowed.Priority).toBe(0);
    expect(allowed.Action).toEqual({ Block: {} });
    const references = allowed.Statement.AndStatement.Statements.map(
      ({ NotStatement }: Value) => NotStatement.Statement.IPSetReferenceStatement,
    );
    const sets = references.map(({ Arn, IPSetForwardedIPConfig }: Value) => {
      expect(IPSetForwardedIPConfig).toEqual({
        HeaderName: 'x-client-address',
        FallbackBehavior: 'NO_MATCH',
        Position: 'FIRST',
      });
      const { IPAddressVersion, Addresses } = template.toJSON().Resources[Arn['Fn::GetAtt'][0]].Properties;
      return [IPAddressVersion, Addresses];
    });
    expect(sets).toEqual([
      ['IPV4', ['203.0.113.0/24', '198.51.100.7/32']],
      ['IPV6', ['2001:db8::/32']],
    ]);
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

test('One version of IP needs no other, and by HTTP the address is that of the connection', () => {
  const template = synthesize({ stage: 'demo', entry: 'http', allowFrom: '203.0.113.0/24' });
  const { Rules } = resource(template, 'AWS::WAFv2::WebACL').properties;
  const set = resource(template, 'AWS::WAFv2::IPSet').id;
  expect(Rules[0].Statement).toEqual({
    NotStatement: { Statement: { IPSetReferenceStatement: { Arn: { 'Fn::GetAtt': [set, 'Arn'] } } } },
  });
});
