import { type Logger, pino } from 'pino';

/** The log of a service: JSON lines on standard output, each with the service's name, of `LOG_LEVEL` (default info) and above. */
export function createLog(service: string, env: NodeJS.ProcessEnv = process.env): Logger {
  // Synchronous, so that the lines written when the process ends stay in order.
  return pino({ level: env.LOG_LEVEL ?? 'info', base: { service } }, pino.destination({ fd: 1, sync: true }));
}
