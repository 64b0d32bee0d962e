/** What both services share over HTTP. */
export { namesForms, prefers } from './accept.ts';
export { Access, authorOf, type ReadAccess, requireScope } from './access.ts';
export { type Admission, admission } from './admission.ts';
export type { App } from './app.ts';
export { callerBudget, dataDirectory, mapStyle, queryTimeout } from './environment.ts';
export { type ErrorMapper, problemOf } from './errors.ts';
export { createLog } from './log.ts';
export { dimension, type Measure, type MetricName, Metrics, metrics } from './metrics.ts';
export { Problem, problems, problemsPath } from './problems.ts';
export { problemsPage } from './problems-page.ts';
export { contentSecurityPolicy } from './security.ts';
export { serve, stopAfter } from './serve.ts';
export { createService } from './service.ts';
export { startTracing } from './tracing.ts';
