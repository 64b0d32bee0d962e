import { runApp } from './app.ts';
import { readConfiguration } from './configuration.ts';
import { PropertyInsightsStack } from './property-insights-stack.ts';

await runApp(readConfiguration, (app, configuration) => {
  new PropertyInsightsStack(app, `property-insights-${configuration.stageName}`, configuration);
});
