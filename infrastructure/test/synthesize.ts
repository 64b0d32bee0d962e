import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readConfiguration } from '../src/configuration.ts';
import { projectRoot } from '../src/project.ts';
import { PropertyInsightsStack } from '../src/property-insights-stack.ts';

type Options = Record<string, string>;

const folder = mkdtempSync(join(tmpdir(), 'property-insights-cdk-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

/** The entries of both stages: what is promised of all must hold in each. */
export const variants: Record<string, Options> = {
  'demo by HTTP': { stage: 'demo' },
  'demo with a domain': { stage: 'demo', ...domain() },
  'demo by CloudFront': { stage: 'demo', entry: 'cloudfront' },
  'production with a domain': { stage: 'production', ...domain() },
  'production by CloudFront': { stage: 'production', entry: 'cloudfront' },
  'production on Aurora, traced': {
    stage: 'production',
    entry: 'cloudfront',
    database: 'aurora-serverless',
    tracing: 'xray',
  },
};

export function domain(): Options {
  return { domainName: 'insights.example.com', hostedZoneId: 'Z0123456789', hostedZoneName: 'example.com' };
}

/** The app with cdk.json's settings and these options, as `cdk synth -c …` makes it, but without bundling the migrator. */
export function createApp(
  options: Options,
  builtinCloudFormationValidation = false,
): { app: App; stack: PropertyInsightsStack } {
  const { context } = JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8'));
  const app = new App({
    context: { ...context, ...options, 'aws:cdk:bundling-stacks': [] },
    outdir: mkdtempSync(join(folder, 'cdk.out-')),
    builtinCloudFormationValidation,
  });
  const configuration = readConfiguration((name) => options[name]);
  return { app, stack: new PropertyInsightsStack(app, `property-insights-${configuration.stageName}`, configuration) };
}

const templates = new Map<string, Template>();

/** The template for these options, synthesized once for all test files of a worker. Callers must not change it. */
export function synthesize(options: Options): Template {
  const key = JSON.stringify(options);
  const template = templates.get(key) ?? Template.fromStack(createApp(options).stack);
  templates.set(key, template);
  return template;
}

/** A template's value: whatever CloudFormation allows in its place. */
// biome-ignore lint/suspicious/noExplicitAny: templates are searched by path, and a wrong path fails the test
export type Value = any;

export interface Resource {
  id: string;
  type: string;
  properties: Value;
  dependsOn: string[];
}

/** The resources of a type, or all. */
export function resources(template: Template, type?: string): Resource[] {
  return Object.entries<Value>(template.toJSON().Resources)
    .filter(([, resource]) => type === undefined || resource.Type === type)
    .map(([id, resource]) => ({
      id,
      type: resource.Type,
      properties: resource.Properties ?? {},
      dependsOn: resource.DependsOn ?? [],
    }));
}

/** The only resource of a type, or the only one whose id starts so. */
export function resource(template: Template, type: string, idStart = ''): Resource {
  const found = resources(template, type).filter(({ id }) => id.startsWith(idStart));
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`There are ${found.length} resources ${type} ${idStart}, not one.`);
  return only;
}
