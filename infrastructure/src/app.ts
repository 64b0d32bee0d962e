import { App, Validations } from 'aws-cdk-lib';
import { closest } from 'fastest-levenshtein';

/** An option given by `-c name=value`. */
export type Option = (name: string) => string | undefined;

/**
 * Reads the configuration from the context of an app.
 * @throws if an option is wrong, or if the context has a key that `read` does not ask for; the message states what it must be.
 */
export function readOptions<C>(context: Record<string, unknown>, read: (option: Option) => C): C {
  const known = new Set<string>();
  const configuration = read((name) => {
    known.add(name);
    return context[name] as string | undefined;
  });
  // The CDK's own keys have signs: `@aws-cdk/…`, `aws:cdk:…`, `availability-zones:…`, `cli-telemetry`.
  const unknown = Object.keys(context).find((name) => /^\w+$/.test(name) && !known.has(name));
  if (unknown === undefined) return configuration;
  const options = known.size === 0 ? 'it has none' : `the closest is "${closest(unknown, [...known])}"`;
  throw new Error(`There is no option "${unknown}": ${options}.`);
}

/** Synthesizes the constructs that `build` adds for the configuration in the options, and checks them by the AWS Solutions rules. */
export async function runApp<C>(
  read: (option: Option) => C,
  build: (app: App, configuration: C) => void,
): Promise<void> {
  const app = new App();
  // CDK's own variable for skipping validation. The checks take longer than the synthesis, and a local run does not need them.
  if (process.env.CDK_VALIDATION !== 'false') {
    const { AwsSolutionsChecks } = await import('cdk-nag');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  }
  let configuration: C;
  try {
    configuration = readOptions(app.node.getAllContext(), read);
  } catch (error) {
    // A wrong option: the message suffices, without a stack trace.
    console.error((error as Error).message);
    process.exit(1);
  }
  build(app, configuration);
}
