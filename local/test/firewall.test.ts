/** The limit that the firewall of a template sets to bodies, applied by the load balancer. */
import { expect, onTestFinished, test } from 'vitest';
import { Balancer } from '../src/balancer.ts';
import type { ExecutionContext } from '../src/execution-context.ts';
import { silentLog } from '../src/logs.ts';
import { freePort } from '../src/ports.ts';
import { executeTemplates } from '../src/template/execute.ts';

const account = { account: '000000000000', region: 'ap-southeast-2' };

const listener = {
  Type: 'AWS::ElasticLoadBalancingV2::Listener',
  Properties: {
    LoadBalancerArn: 'arn:aws:elasticloadbalancing:ap-southeast-2:000000000000:loadbalancer/app/LoadBalancer/local',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: 'passed' } }],
  },
};

const firewall = (group: object) => ({
  Type: 'AWS::WAFv2::WebACL',
  Properties: { Rules: [{ Name: 'Common', Statement: { ManagedRuleGroupStatement: group } }] },
});

/** Executes a template with this firewall; returns the status of a body of so many bytes for a path. */
async function start(group: object): Promise<(path: string, bytes: number) => Promise<number>> {
  const balancer = new Balancer(silentLog);
  onTestFinished(() => balancer.close());
  const context = { balancer, run: { assertOpen() {} }, resources: new Map() } as unknown as ExecutionContext;
  const template = { Resources: { Listener: listener, WebAcl: firewall(group) } };
  await executeTemplates(
    { stacks: [{ name: 'stack', ...account, template }], files: new Map(), images: new Map() },
    context,
  );
  const port = await freePort();
  await balancer.open(port, 'pi_token');
  return async (path, bytes) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x'.repeat(bytes) });
    return response.status;
  };
}

const exceptImports = {
  NotStatement: {
    Statement: { ByteMatchStatement: { PositionalConstraint: 'STARTS_WITH', SearchString: '/api/imports' } },
  },
};

test('A body over 8 KB is refused where the rule applies', async () => {
  const status = await start({ Name: 'AWSManagedRulesCommonRuleSet', ScopeDownStatement: exceptImports });
  expect(await status('/api/properties', 8192)).toBe(200);
  expect(await status('/api/properties', 8193)).toBe(403);
  expect(await status('/api/imports', 100_000)).toBe(200);
});

test('A rule that only counts lets every body pass, and another group has no such rule', async () => {
  const counted = await start({
    Name: 'AWSManagedRulesCommonRuleSet',
    RuleActionOverrides: [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }],
  });
  expect(await counted('/api/properties', 60_000)).toBe(200);
  const other = await start({ Name: 'AWSManagedRulesSQLiRuleSet' });
  expect(await other('/api/properties', 60_000)).toBe(200);
});

test('Without a scope it applies to every path, and a scope of another kind is not ignored', async () => {
  const status = await start({ Name: 'AWSManagedRulesCommonRuleSet' });
  expect(await status('/api/imports', 8193)).toBe(403);
  const other = { Name: 'AWSManagedRulesCommonRuleSet', ScopeDownStatement: { GeoMatchStatement: {} } };
  await expect(start(other)).rejects.toThrow('supports only a scope');
});
