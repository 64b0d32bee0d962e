import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { billed, free, monthlyBill, type Position } from '../../src/cost/bill.ts';
import { compared } from '../../src/cost/compared.ts';
import { formatBill, formatTable, sum } from '../../src/cost/format.ts';
import { usualUsage } from '../../src/cost/usage.ts';
import { projectRoot } from '../../src/project.ts';
import { stages } from '../../src/stages.ts';
import { isBehindCloudFront, resources, synthesize, variants } from '../synthesize.ts';

const resourcesOf = (options: Record<string, string>) => synthesize(options).toJSON().Resources;
const demo = monthlyBill(resourcesOf({ stage: 'demo' }), usualUsage('demo'));
const byGateway = monthlyBill(resourcesOf({ stage: 'demo', egress: 'nat-gateway' }), usualUsage('demo'));
const muchUsed = monthlyBill(resourcesOf({ stage: 'demo' }), { ...usualUsage('demo'), requests: 100_000_000 });
const production = monthlyBill(resourcesOf({ stage: 'production', entry: 'cloudfront' }), usualUsage('production'));
const aurora = monthlyBill(resourcesOf(variants['production on Aurora, traced'] ?? {}), usualUsage('production'));
const amountOf = (bill: Position[], idStart: string) =>
  sum(bill.filter(({ resource }) => resource.startsWith(idStart)));

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);

  test('has only resources that are priced or listed as free', () => {
    const types = new Set(resources(template).map(({ type }) => type));
    expect([...types].filter((type) => !(type in billed) && !(type in free))).toEqual([]);
  });

  test('is billed for each resource by its kind', () => {
    const bill = monthlyBill(resourcesOf(options), usualUsage(options.stage ?? ''));
    const onBill = new Set(bill.map(({ resource }) => resource));
    const unbilled = resources(template).filter(({ id, type }) => type in billed && !onBill.has(id));
    // A gateway endpoint is free, and so are a cluster without Container Insights, tasks without traces, and CloudFront within its free tier.
    expect(unbilled.map(({ type }) => type).sort()).toEqual([
      ...(isBehindCloudFront(options) ? ['AWS::CloudFront::Distribution'] : []),
      ...(isBehindCloudFront(options) && options.stage === 'demo' ? ['AWS::CloudFront::Function'] : []),
      'AWS::EC2::VPCEndpoint',
      ...(options.stage === 'demo' ? ['AWS::ECS::Cluster'] : []),
      ...(options.tracing ? [] : ['AWS::ECS::TaskDefinition', 'AWS::ECS::TaskDefinition']),
    ]);
    for (const { amount } of bill) expect(amount).toBeGreaterThan(0);
  });
});

test('An unknown resource stops the bill', () => {
  expect(() => monthlyBill({ Queue: { Type: 'AWS::SQS::Queue' } }, usualUsage('demo'))).toThrow(
    'The price of Queue (AWS::SQS::Queue) is unknown',
  );
  const unknownLog = { Audit: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } } };
  expect(() => monthlyBill(unknownLog, usualUsage('demo'))).toThrow('The size of the log group Audit is unknown');
});

test('No type is both priced and free', () => {
  expect(Object.keys(billed).filter((type) => type in free)).toEqual([]);
});

// Computed by hand from the price table, at 730 hours.
test.each([
  ['a NAT gateway and 2.1 GB', byGateway, 'NetworkVpcPublicSubnet1NATGateway', 730 * 0.045 + 2.1 * 0.045],
  ['a NAT instance with its address', demo, 'NetworkVpcPublicSubnet1NatInstance', 730 * (0.0042 + 0.005) + 8 * 0.08],
  ['CloudFront within its free tier', demo, 'Distribution', 0],
  ['CloudFront beyond it', muchUsed, 'Distribution', 976 * 0.085 + 90 + 9.8],
  ['0.5 virtual CPUs and 2 GiB on Spot', demo, 'AnalyticalService', 730 * (0.5 * 0.0108 + 2 * 0.0012) + 11 * 0.3],
  [
    '2.6 tasks of 2 virtual CPUs and 8 GiB',
    production,
    'AnalyticalServiceC',
    730 * 2.6 * (2 * 0.03238 + 8 * 0.00356) + 11 * 0.3,
  ],
  [
    'two m7g.large with 100 GiB each',
    production,
    'DatabaseInstance',
    2 * (730 * 0.168 + 100 * 0.115) + 0.4 + 20 * 0.02,
  ],
  [
    'writer and reader of 2.6 capacity units',
    aurora,
    'DatabaseCluster',
    2 * 730 * 2.6 * 0.12 + 5 + 4 + 0.4 + 20 * 0.02,
  ],
  ['a twentieth of the requests, traced', aurora, 'AnalyticalTask', 0.05 * 5e6 * 3e-6 * 0.5],
  ['an ACL with four rules', demo, 'WebAcl9', 9 + 0.06],
])('The bill of %s is right', (_, bill, idStart, amount) => {
  expect(amountOf(bill, idStart)).toBeCloseTo(amount, 6);
});

test('Twice the requests raise only the costs that depend on requests', () => {
  const template = resourcesOf({ stage: 'demo' });
  const usage = usualUsage('demo');
  const twice = monthlyBill(template, { ...usage, requests: 2 * usage.requests });
  expect(amountOf(twice, 'WebAcl9')).toBeCloseTo(amountOf(demo, 'WebAcl9') + 0.06, 6);
  expect(amountOf(twice, 'Database')).toBe(amountOf(demo, 'Database'));
});

test('The default demo is the cheapest of those compared', () => {
  const totals = Object.values(compared).map((options) =>
    sum(monthlyBill(resourcesOf(options), usualUsage(options.stage ?? ''))),
  );
  expect(Math.min(...totals)).toBe(sum(demo));
});

test('The sums are right, and the assumptions are stated', () => {
  const text = formatBill(
    {
      stageName: 'demo',
      stage: stages.demo as (typeof stages)[string],
      entry: { kind: 'cloudfront' },
      allowedNetworks: [],
      readAccess: 'open',
      tracing: false,
    },
    usualUsage('demo'),
    demo,
  );
  expect(text).toContain('us-east-1');
  expect(text).toContain('requests 100,000');
  const amounts = [...text.matchAll(/^ +(\d+\.\d\d) {2}(?!in all)/gm)].map(([, amount]) => Number(amount));
  const total = Number(text.match(/(\d+\.\d\d) {2}in all$/)?.[1]);
  expect(total).toBeCloseTo(sum(demo), 2);
  // Every line is rounded for itself.
  expect(Math.abs(amounts.reduce((a, b) => a + b, 0) - total)).toBeLessThan(0.005 * amounts.length);
});

test('A budget is at least a tenth above the expected cost of its stage', () => {
  expect(stages.demo?.monthlyBudget).toBeGreaterThan(1.1 * sum(demo));
  expect(stages.production?.monthlyBudget).toBeGreaterThan(1.1 * Math.max(sum(production), sum(aurora)));
});

test('The README has the table that the command prints', () => {
  const bills = Object.entries(compared).map(([name, options]) => [
    name,
    monthlyBill(resourcesOf(options), usualUsage(options.stage ?? '')),
  ]);
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  expect(readme).toContain(`\n\n${formatTable(Object.fromEntries(bills))}\n\n`);
});

test('docs/deployment.md has the cost of what else was considered', () => {
  const billOf = (options: Record<string, string>) => monthlyBill(resourcesOf(options), usualUsage('demo'));
  const all = sum(demo);
  const withoutNat = all - amountOf(demo, 'NetworkVpcPublicSubnet1NatInstance');
  const costs: Record<string, number> = {
    'a NAT instance, Spot, CloudFront (default)': all,
    'on-demand tasks (`spot=off`)': sum(billOf({ stage: 'demo', spot: 'off' })),
    'HTTP (`entry=http`)': sum(billOf({ stage: 'demo', entry: 'http' })),
    'a NAT gateway (`egress=nat-gateway`)': sum(billOf({ stage: 'demo', egress: 'nat-gateway' })),
    'a way out by IPv6 only': withoutNat,
    // An hour of a public address costs $0.005.
    'tasks in public subnets, with no way in': withoutNat + 2 * 730 * 0.005,
    'one dashboard instead of three': all - 2 * amountOf(demo, 'MonitoringoverviewdashboardDashboard'),
    'no firewall': all - amountOf(demo, 'WebAcl9'),
  };
  const page = readFileSync(join(projectRoot, 'docs/deployment.md'), 'utf8');
  for (const [name, cost] of Object.entries(costs)) expect(page).toContain(`\n| ${name} | $${Math.round(cost)} | `);
});
