import { App, Validations } from 'aws-cdk-lib';
import { type Configuration, readConfiguration } from './configuration.ts';
import { PropertyInsightsStack } from './property-insights-stack.ts';

const app = new App();
// The library's own name for leaving its checks of the templates out: they take longer than all the rest, and a local run needs none.
if (process.env.CDK_VALIDATION !== 'false') {
  const { AwsSolutionsChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
let configuration: Configuration;
try {
  configuration = readConfiguration((name) => app.node.tryGetContext(name));
} catch (error) {
  // A wish that can't be met: the sentence says all, a stack trace nothing.
  console.error((error as Error).message);
  process.exit(1);
}
new PropertyInsightsStack(app, `property-insights-${configuration.stageName}`, configuration);
