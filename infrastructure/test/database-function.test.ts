import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { readConfiguration } from '../src/configuration.ts';
import { bundleHandler } from '../src/database-function.ts';
import { projectRoot } from '../src/project.ts';
import { PropertyInsightsStack } from '../src/property-insights-stack.ts';
import { resource, synthesize } from './synthesize.ts';

test.each(['migrate-handler', 'rotate-handler'] as const)(
  'The bundle of %s stands alone: it loads away from the project',
  async (module) => {
    const folder = mkdtempSync(join(tmpdir(), 'property-insights-function-'));
    try {
      bundleHandler(module, folder);
      const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);
      expect(handler).toBeTypeOf('function');
      const migrations = readdirSync(join(projectRoot, 'packages', 'database', 'migrations'));
      expect(migrations).toContain('0001_market_sales.sql');
      // Only what migrates needs them.
      const expected =
        module === 'migrate-handler' ? ['migrations', ...migrations.map((name) => `migrations/${name}`)] : [];
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['index.mjs', ...expected].sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('Each function has a bundle of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'property-insights-function-'));
  try {
    const context = { 'aws:cdk:disable-asset-staging': true };
    const app = new App({ context, outdir: folder, builtinCloudFormationValidation: false });
    const configuration = readConfiguration(() => undefined);
    const template = Template.fromStack(new PropertyInsightsStack(app, 'bundled', configuration));
    const functions = ['Migrations', 'Rotation'].map((id) => resource(template, 'AWS::Lambda::Function', id));
    expect(new Set(functions.map(({ properties }) => properties.Code.S3Key)).size).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(['Migrations', 'Rotation'])(
  'The security group of %s is deleted before the role that deletes its network interfaces',
  (id) => {
    const template = synthesize({ stage: 'demo' });
    const { dependsOn } = resource(template, 'AWS::EC2::SecurityGroup', id);
    expect(dependsOn).toContain(resource(template, 'AWS::IAM::Role', id).id);
    expect(dependsOn).toContain(resource(template, 'AWS::IAM::Policy', id).id);
  },
);
