import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Configuration, readConfiguration } from '../src/configuration.ts';
import { projectRoot } from '../src/project.ts';
import { PropertyInsightsStack } from '../src/property-insights-stack.ts';

type Options = Record<string, string>;

const folder = mkdtempSync(join(tmpdir(), 'property-insights-cdk-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

/** The entries of both stages, and the ways out: what is promised of all must hold in each. */
export const variants: Record<string, Options> = {
  demo: { stage: 'demo' },
  'demo by HTTP through a NAT gateway, on demand': { stage: 'demo', entry: 'http', egress: 'nat-gateway', spot: 'off' },
  'demo with e-mail and a map style': {
    stage: 'demo',
    mailFrom: 'reports@example.com',
    mailDomains: 'example.com',
    mapStyle: 'https://maps.example.com/style.json',
  },
  'demo with a domain': { stage: 'demo', ...domain() },
  'demo for some networks': { stage: 'demo', allowFrom: '203.0.113.0/24,198.51.100.7/32,2001:db8::/32' },
  production: { stage: 'production' },
  'production with a domain, unprotected': { stage: 'production', deletionProtection: 'off', ...domain() },
  'production by CloudFront with a domain through NAT gateways': {
    stage: 'production',
    entry: 'cloudfront',
    egress: 'nat-gateway-per-zone',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
    ...domain(),
  },
  'production on Aurora, traced': {
    stage: 'production',
    database: 'aurora-serverless',
    endpoints: 'xray,ses',
    tracing: 'xray',
    mailFrom: 'reports@example.com',
  },
};

/** The configuration of these options. */
export function configurationOf(options: Options): Configuration {
  return readConfiguration((name) => options[name]);
}

export function isBehindCloudFront(options: Options): boolean {
  return configurationOf(options).entry.kind === 'cloudfront';
}

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
  const configuration = configurationOf(options);
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
