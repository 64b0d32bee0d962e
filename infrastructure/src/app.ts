import { App, Validations } from 'aws-cdk-lib';

/** An option given by `-c name=value`. */
export type Option = (name: string) => string | undefined;

/** Synthesizes what `build` adds for the configuration that the options ask for, under the AWS Solutions rules. */
export async function runApp<C>(
  read: (option: Option) => C,
  build: (app: App, configuration: C) => void,
): Promise<void> {
  const app = new App();
  // The library's own name for leaving its checks of the templates out: they take longer than all the rest, and a local run needs none.
  if (process.env.CDK_VALIDATION !== 'false') {
    const { AwsSolutionsChecks } = await import('cdk-nag');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  }
  let configuration: C;
  try {
    configuration = read((name) => app.node.tryGetContext(name));
  } catch (error) {
    // A wish that can't be met: the sentence says all, a stack trace nothing.
    console.error((error as Error).message);
    process.exit(1);
  }
  build(app, configuration);
}
