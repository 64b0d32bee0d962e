/** The options of every command of the project. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closest } from 'fastest-levenshtein';

/** As `parseArgs`. @throws for an unknown option, with the closest known one */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const [, unknown] = /^Unknown option '--?([\w-]+)'/.exec((error as Error).message) ?? [];
    if (unknown === undefined) throw error;
    const known = closestOf(unknown, Object.keys(config.options ?? {}));
    throw new Error(`Unknown option '--${unknown}'; ${known ? `the closest is '--${known}'` : 'there are none'}.`);
  }
}

/** As `parseOptions`, for a command that writes the error and exits with 2. */
export function parseOptionsOrExit<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseOptions(config);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** The most similar of the known names; undefined if there are none. */
export function closestOf(name: string, known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : closest(name, known);
}
