import { App } from 'aws-cdk-lib';
import { PropertyInsightsStack } from './property-insights-stack.ts';
import { stages } from './stages.ts';

const app = new App();
const name: string = app.node.tryGetContext('stage') ?? 'demo';
const stage = stages[name];
if (!stage) throw new Error(`There is no stage "${name}": choose one of ${Object.keys(stages).join(', ')}.`);

new PropertyInsightsStack(app, `property-insights-${name}`, { stage });
