/** A service's life as a process: it listens, and when told to stop finishes what it has. */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { App } from './service.ts';

/** How long requests under way may take to finish, and closing what they used after that, in milliseconds: a container is killed after 30 s. */
const grace = 25_000;
const closingGrace = 3_000;

export interface ServeOptions {
  log: Logger;
  /** Closes what the routes use, once no request is left. */
  close(): Promise<void>;
  env?: NodeJS.ProcessEnv;
}

/**
 * Listens on `HOST` (default 0.0.0.0) and `PORT` until SIGTERM or SIGINT. Then no connection is accepted any more, requests under way are
 * finished (for at most 25 s), what they use is closed, and the process ends with 0.
 */
export async function serve(app: App, { log, close, env = process.env }: ServeOptions): Promise<void> {
  const port = Number(env.PORT);
  if (!env.PORT || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT must be set to a port number from 0 to 65535, not "${env.PORT ?? ''}".`);
  }
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await closeApp(app, log);
    if (await Promise.race([close(), setTimeout(closingGrace, 'late')]))
      log.warn('not everything could be closed in time');
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'stopping because of a bug');
    process.exit(1);
  });
  await app.listen({ host: env.HOST ?? '0.0.0.0', port });
}

async function closeApp(app: App, log: Logger): Promise<void> {
  // A connection whose last request was under way when closing began would otherwise be kept open for its idle time.
  const reaper = setInterval(() => app.server.closeIdleConnections(), 100);
  const closed = app.close();
  if ((await Promise.race([closed, setTimeout(grace, 'late', { ref: false })])) === 'late') {
    log.warn(`requests still under way after ${grace / 1000} s are cut off`);
    app.server.closeAllConnections();
  }
  await closed;
  clearInterval(reaper);
}
