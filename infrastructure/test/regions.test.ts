import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../src/project.ts';
import { regions } from '../src/regions.ts';
import { resource, resources, synthesize, type Value, variants } from './synthesize.ts';

const names = Object.keys(regions);

test('Every region has three zones of its own, and the prefix list of CloudFront', () => {
  for (const [, { zones, cloudFrontPrefixList }] of Object.entries(regions)) {
    const [prefix] = (zones[0] ?? '').split('-');
    for (const zone of zones) expect(zone).toMatch(new RegExp(`^${prefix}-az[1-6]$`));
    expect(new Set(zones).size).toBe(3);
    expect(cloudFrontPrefixList).toMatch(/^pl-[0-9a-f]{8}$/);
  }
  const all = Object.values(regions);
  expect(new Set(all.map(({ cloudFrontPrefixList }) => cloudFrontPrefixList)).size).toBe(names.length);
  expect(new Set(all.flatMap(({ zones }) => zones)).size).toBe(3 * names.length);
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html#vpc-origins-supported-regions
  for (const zone of ['use1-az3', 'apne1-az3', 'apne2-az1', 'cac1-az3']) {
    expect(all.flatMap(({ zones }) => zones)).not.toContain(zone);
  }
});

test('The linter and the documentation have the same list', () => {
  const lint = readFileSync(join(projectRoot, '.cfnlintrc.yaml'), 'utf8');
  const [, list = ''] = lint.match(/^regions:\n((?: {2}- .+\n)+)/m) ?? [];
  expect(list.match(/[a-z]+-[a-z]+-\d/g)).toEqual(names);
  const documentation = readFileSync(join(projectRoot, 'docs', 'deployment.md'), 'utf8');
  const [, sentence = ''] = documentation.match(/^\* A supported region: ([^.]+)\./m) ?? [];
  expect(sentence.match(/[a-z]+-[a-z]+-\d/g)).toEqual(names);
});

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);

  test('selects its zones by id, in the order of the region', () => {
    const zones = resources(template, 'AWS::EC2::Subnet').map(({ id, properties }) => {
      expect(properties.AvailabilityZone).toBeUndefined();
      const [, number] = id.match(/(?:Public|Private)Subnet(\d)/) ?? [];
      expect(properties.AvailabilityZoneId).toEqual({
        'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, `Zone${number}`],
      });
      return number;
    });
    expect(zones).toEqual(options.stage === 'demo' ? ['1', '2', '1', '2'] : ['1', '2', '3', '1', '2', '3']);
  });

  test('has a budget except in a region whose CloudFormation does not know them', () => {
    const { Condition } = template.toJSON().Resources[resource(template, 'AWS::Budgets::Budget').id];
    const isIn = (region: string): Value => ({ 'Fn::Equals': [{ Ref: 'AWS::Region' }, region] });
    expect(template.toJSON().Conditions[Condition]).toEqual({
      'Fn::Not': [{ 'Fn::Or': [isIn('ap-northeast-3'), isIn('eu-north-1')] }],
    });
  });
});
