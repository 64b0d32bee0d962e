/** Runs a service as a process: it listens, and stops gracefully at a signal. */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { App } from './app.ts';
import { keepNextTickFast } from './next-tick.ts';

/** Milliseconds for requests under way to finish, and after that for closing what they used: ECS kills a container after 30 s. */
const requestTimeout = 25_000;
const closingTimeout = 3_000;

export interface ServeOptions {
  log: Logger;
  /** Closes what the routes use. Called when no request is left. */
  close(): Promise<void>;
  env?: NodeJS.ProcessEnv;
}

/**
 * Listens on `HOST` (default 0.0.0.0) and `PORT` until SIGTERM or SIGINT. Then it accepts no more connections, lets requests under way
 * finish for at most 25 s, closes what they use, and ends the process with 0.
 * @throws if `PORT` is not a port number
 */
export async function serve(app: App, { log, close, env = process.env }: ServeOptions): Promise<void> {
  const port = Number(env.PORT);
  if (!env.PORT || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT must be set to a port number from 0 to 65535, not "${env.PORT ?? ''}".`);
  }
  keepNextTickFast();
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await closeApp(app, log);
    if (await Promise.race([close(), setTimeout(closingTimeout, 'late')])) log.warn('closing timed out');
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'stopping because of an unexpected error');
    process.exit(1);
  });
  await app.listen({ host: env.HOST ?? '0.0.0.0', port });
}

/** Stops the process, as at SIGTERM, after an error that it cannot continue from. ECS starts another task. */
export function stopAfter(log: Logger): (error: unknown) => void {
  return (error) => {
    log.fatal({ err: error }, 'stopping because of an error that only a new process recovers from');
    process.kill(process.pid, 'SIGTERM');
  };
}

async function closeApp(app: App, log: Logger): Promise<void> {
  // `close` leaves a connection open for its idle time if its last request was under way then.
  const reaper = setInterval(() => app.server.closeIdleConnections(), 100);
  const closed = app.close();
  if ((await Promise.race([closed, setTimeout(requestTimeout, 'late', { ref: false })])) === 'late') {
    log.warn(`aborting the requests still under way after ${requestTimeout / 1000} s`);
    app.server.closeAllConnections();
  }
  await closed;
  clearInterval(reaper);
}
