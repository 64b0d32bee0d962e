/** `npm run permissions`: the policy that narrows what the bootstrap lets CloudFormation do. It is deployed once, before `npm run bootstrap`. */
import { runApp } from './app.ts';
import { PermissionsStack } from './permissions-stack.ts';

await runApp(
  () => undefined,
  (app) => {
    new PermissionsStack(app, 'property-insights-permissions');
  },
);
