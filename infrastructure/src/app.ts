import { App, Validations } from 'aws-cdk-lib';
import { type Option, readOptions } from './options.ts';

/** Synthesizes the constructs that `build` adds for the configuration in the options, and checks them by the AWS Solutions rules. */
export async function runApp<C>(
  read: (option: Option) => C,
  build: (app: App, configuration: C) => void,
): Promise<void> {
  const app = new App();
  // CDK's own variable for skipping validation. The checks take longer than the synthesis, and a local run does not need them.
  if (process.env.CDK_VALIDATION !== 'false') await addChecks(app);
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

/** Adds the AWS Solutions rules, which make a synthesis fail. They are loaded only here. */
export async function addChecks(app: App): Promise<void> {
  const { AwsSolutionsChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
