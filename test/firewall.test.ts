/** The firewall lets pass what the services accept: every route with a body is compared with the scope of the rules on bodies. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createAnalytical } from '../apps/analytical/src/app.ts';
import { createReporting } from '../apps/reporting/src/app.ts';
import { resource, synthesize, type Value, variants } from '../infrastructure/test/synthesize.ts';

/** Stands for the parts that only requests need. */
const unused = undefined as never;
const parts = { database: unused, replica: unused, log: pino({ level: 'silent' }) };

/** The paths of the operations that may have a body. */
async function pathsWithBody(): Promise<string[]> {
  const services = [
    { app: await createAnalytical({ ...parts, jobs: unused, dashboard: '' }), description: '/api/openapi.json' },
    { app: await createReporting(parts), description: '/reporting/openapi.json' },
  ];
  const paths = await Promise.all(
    services.map(async ({ app, description }) => {
      const operations: Record<string, object> = (await app.inject(description)).json().paths;
      await app.close();
      return Object.entries(operations).flatMap(([path, methods]) =>
        ['post', 'put', 'patch'].some((method) => method in methods) ? [path] : [],
      );
    }),
  );
  return paths.flat();
}

/** The rules on bodies that block text: sizes, markup, paths, addresses and SQL. https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html */
const bodyRules: Record<string, string[]> = {
  AWSManagedRulesCommonRuleSet: [
    'SizeRestrictions_BODY',
    'CrossSiteScripting_BODY',
    'EC2MetaDataSSRF_BODY',
    'GenericLFI_BODY',
    'GenericRFI_BODY',
  ],
  AWSManagedRulesSQLiRuleSet: ['SQLi_BODY', 'SQLiExtendedPatterns_BODY'],
};

/** The rules that block a body of a request for the path. */
function blocking(rules: Value[], path: string): string[] {
  return rules.flatMap(({ Statement: { ManagedRuleGroupStatement: group } }) => {
    const excluded = group?.ScopeDownStatement?.NotStatement.Statement.ByteMatchStatement.SearchString;
    if (!group || (excluded && path.startsWith(excluded))) return [];
    const counted = (group.RuleActionOverrides ?? []).map(({ Name }: Value) => Name);
    return (bodyRules[group.Name] ?? []).filter((rule) => !counted.includes(rule));
  });
}

test.each(Object.entries(variants))('No rule blocks the body of a route, in %s', async (_, options) => {
  const { Rules } = resource(synthesize(options), 'AWS::WAFv2::WebACL').properties;
  const paths = await pathsWithBody();
  expect(paths).toEqual(
    expect.arrayContaining([
      '/api/imports',
      '/api/properties',
      '/api/tokens',
      '/api/markets/{code}',
      '/reporting/preview',
    ]),
  );
  expect(paths.flatMap((path) => blocking(Rules, path).map((rule) => `${path}: ${rule}`))).toEqual([]);
  // Each of these rules would block a route if it were not counted.
  const unchanged = Rules.map(({ Statement }: Value) => ({
    Statement: {
      ManagedRuleGroupStatement: Statement.ManagedRuleGroupStatement && {
        ...Statement.ManagedRuleGroupStatement,
        RuleActionOverrides: undefined,
      },
    },
  }));
  expect(new Set(paths.flatMap((path) => blocking(unchanged, path)))).toEqual(new Set(Object.values(bodyRules).flat()));
});
