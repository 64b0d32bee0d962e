import { describe, expect, test } from 'vitest';
import { synthesize, variants } from '../../../infrastructure/test/synthesize.ts';
import type { ExecutionContext } from '../../src/execution-context.ts';
import type { Stack, Template } from '../../src/template/assembly.ts';
import { executeTemplates } from '../../src/template/execute.ts';
import { assertReach } from '../../src/template/reach.ts';

const stackOf = (template: Template): Stack => ({
  name: 'stack',
  account: '000000000000',
  region: 'ap-southeast-2',
  template,
});

/** The template of these options without the resources of a type that contain a text. */
function without(options: Record<string, string>, type: string, text: string): Stack {
  const template: Template = structuredClone(synthesize(options).toJSON());
  const removed = Object.entries(template.Resources ?? {}).filter(
    ([, resource]) => resource.Type === type && JSON.stringify(resource.Properties).includes(text),
  );
  expect(removed.length).toBeGreaterThan(0);
  for (const [id] of removed) delete template.Resources?.[id];
  return stackOf(template);
}

test.each(Object.entries(variants))('%s reaches the secrets', (_, options) => {
  assertReach(stackOf(synthesize(options).toJSON()));
});

describe('A template is refused', () => {
  test.each([
    ['the route to the NAT instance', { stage: 'demo' }, 'AWS::EC2::Route', 'InstanceId'],
    ['the route to the NAT gateway', { stage: 'demo', egress: 'nat-gateway' }, 'AWS::EC2::Route', 'NatGatewayId'],
    ['the endpoint of the secrets', { stage: 'production' }, 'AWS::EC2::VPCEndpoint', 'secretsmanager'],
  ])('without %s', (_, options, type, text) => {
    expect(() => assertReach(without(options, type, text))).toThrow(
      /could not reach secretsmanager in AWS\. Its subnet NetworkVpcPrivateSubnet\w+ has no route to a NAT/,
    );
  });

  test('before anything of it is executed', async () => {
    const stack = without({ stage: 'production' }, 'AWS::EC2::VPCEndpoint', 'secretsmanager');
    const execution = executeTemplates({ stacks: [stack], files: new Map(), images: new Map() }, {
      resources: new Map(),
    } as unknown as ExecutionContext);
    await expect(execution).rejects.toThrow('could not reach secretsmanager');
  });
});
