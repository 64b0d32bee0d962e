import { type Logger, pino } from 'pino';

/** The log of a service: JSON lines on standard output, from `LOG_LEVEL` (default info) up, each with the service's name. */
export function createLog(service: string, env: NodeJS.ProcessEnv = process.env): Logger {
  // Written at once: what waits to be written when the process ends would come before what is being written.
  return pino({ level: env.LOG_LEVEL ?? 'info', base: { service } }, pino.destination({ fd: 1, sync: true }));
}
