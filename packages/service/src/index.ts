/** What both services share over HTTP. */
export { Access, authorOf, type ReadAccess, requireScope } from './access.ts';
export { answerRoute, exportRoute } from './answers.ts';
export { queryTimeout, readAccess, requiredVariable } from './environment.ts';
export { Problem, problems } from './errors.ts';
export { createLog } from './log.ts';
export { dimension, type FigureName, figures, type Measure, Metrics } from './metrics.ts';
export { prefersPage } from './pages.ts';
export { serve } from './serve.ts';
export { type App, createService } from './service.ts';
export { startTracing } from './tracing.ts';
