/** The options of a deployment, which are given by `-c name=value`. */
import { closestOf } from '@property-insights/command-options';

export type Option = (name: string) => string | undefined;

/**
 * Reads the configuration from options.
 * @throws if an option is wrong, or if one is given that `read` does not ask for; the message states what it must be
 */
export function readOptions<C>(given: Record<string, unknown>, read: (option: Option) => C): C {
  const known = new Set<string>();
  const configuration = read((name) => {
    known.add(name);
    return given[name] as string | undefined;
  });
  // The CDK's own keys have signs: `@aws-cdk/…`, `aws:cdk:…`, `availability-zones:…`, `cli-telemetry`.
  const unknown = Object.keys(given).find((name) => /^\w+$/.test(name) && !known.has(name));
  if (unknown === undefined) return configuration;
  const closest = closestOf(unknown, [...known]);
  throw new Error(`There is no option "${unknown}": ${closest ? `the closest is "${closest}"` : 'it has none'}.`);
}

/** The options in texts such as `stage=demo`. @throws for a text without a value */
export function optionsIn(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', value] = text.split(/=(.*)/);
      if (value === undefined) throw new Error(`"${text}" is not an option: give -c name=value.`);
      return [name, value];
    }),
  );
}
