import { type Logger, pino } from 'pino';

/** The log of a service: JSON lines on standard output, from `LOG_LEVEL` (default info) up, each with the service's name. */
export function createLog(service: string, env: NodeJS.ProcessEnv = process.env): Logger {
  return pino({ level: env.LOG_LEVEL ?? 'info', base: { service } });
}
