import type { ReadAccess } from './access.ts';

/** The value of an environment variable that has to be there. @throws naming it */
export function requiredVariable(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} must be set.`);
  return value;
}

/**
 * How long a question may take, in milliseconds: `QUERY_TIMEOUT`, in seconds.
 * @returns undefined if it isn't set
 * @throws saying what it has to be
 */
export function queryTimeout(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const seconds = env.QUERY_TIMEOUT;
  if (!seconds) return undefined;
  // Node's timers take no more than 2^31 ms.
  if (Number(seconds) > 0 && Number(seconds) < 2_000_000) return Number(seconds) * 1000;
  throw new Error(`The environment variable QUERY_TIMEOUT must be a number of seconds above 0, not "${seconds}".`);
}

/**
 * Who may read: `READ_ACCESS`, `open` unless it is set to `token`.
 * @throws saying what it has to be: a slip must not open what was meant to be closed
 */
export function readAccess(env: NodeJS.ProcessEnv = process.env): ReadAccess {
  const access = env.READ_ACCESS || 'open';
  if (access === 'open' || access === 'token') return access;
  throw new Error(`The environment variable READ_ACCESS must be open or token, not "${access}".`);
}
