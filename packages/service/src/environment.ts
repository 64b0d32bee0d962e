/** The value of a required environment variable. @throws if it is not set */
function requiredVariable(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} must be set.`);
  return value;
}

/**
 * The folder of the service's files, from `DATA_DIRECTORY`. From now on the process creates files for its own user only.
 * @throws if it is not set
 */
export function dataDirectory(env: NodeJS.ProcessEnv = process.env): string {
  process.umask(0o077);
  return requiredVariable('DATA_DIRECTORY', env);
}

/**
 * The seconds of processor time that one caller may use in 20 s, from `CALLER_BUDGET`.
 * @returns undefined if it is not set
 * @throws if it is not a number above 0
 */
export function callerBudget({ CALLER_BUDGET: seconds }: NodeJS.ProcessEnv = process.env): number | undefined {
  if (!seconds) return undefined;
  if (Number(seconds) > 0 && Number.isFinite(Number(seconds))) return Number(seconds);
  throw new Error(`The environment variable CALLER_BUDGET must be a number of seconds above 0, not "${seconds}".`);
}

/**
 * The address of a style that maps are drawn on, from `MAP_STYLE_URL`.
 * @returns undefined if it is not set
 * @throws if it is neither HTTPS nor of this machine
 */
export function mapStyle({ MAP_STYLE_URL: address }: NodeJS.ProcessEnv = process.env): URL | undefined {
  if (!address) return undefined;
  const url = URL.parse(address);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost')) return url;
  throw new Error(`The environment variable MAP_STYLE_URL must be an address with https://, not "${address}".`);
}

/**
 * The time limit of a question, in milliseconds, from `QUERY_TIMEOUT`, which is in seconds.
 * @returns undefined if it is not set
 * @throws if it is not a number of seconds
 */
export function queryTimeout(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const seconds = env.QUERY_TIMEOUT;
  if (!seconds) return undefined;
  // Node's timers take at most 2^31 ms.
  if (Number(seconds) > 0 && Number(seconds) < 2_000_000) return Number(seconds) * 1000;
  throw new Error(`The environment variable QUERY_TIMEOUT must be a number of seconds above 0, not "${seconds}".`);
}
