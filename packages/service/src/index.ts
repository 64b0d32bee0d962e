/** What both services share over HTTP. */
export { Access, authorOf, type ReadAccess } from './access.ts';
export { answerRoute, exportRoute } from './answers.ts';
export { queryTimeout, readAccess, requiredVariable } from './environment.ts';
export { Problem, problems } from './errors.ts';
export { createLog } from './log.ts';
export { prefersPage } from './pages.ts';
export { serve } from './serve.ts';
export { type App, createService } from './service.ts';
