import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Configuration } from '../configuration.ts';
import { projectRoot } from '../project.ts';
import { PropertyInsightsStack } from '../property-insights-stack.ts';
import type { Resources } from './bill.ts';

/** The resources of a configuration's template, synthesized as `npm run synth` does, but without bundling the migrator. */
export function synthesizeResources(configuration: Configuration): Resources {
  const { context } = JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8'));
  const outdir = mkdtempSync(join(tmpdir(), 'property-insights-cost-'));
  try {
    const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] }, outdir });
    const stack = new PropertyInsightsStack(app, `property-insights-${configuration.stageName}`, configuration);
    return app.synth().getStackArtifact(stack.artifactId).template.Resources;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
