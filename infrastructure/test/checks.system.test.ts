import { type App, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { createApp, variants } from './synthesize.ts';

/** Synthesizes under the AWS Solutions rules and CloudFormation's own schemas, which throw what they find. */
function check(app: App): CloudAssembly {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app.synth();
}

test.each(Object.entries(variants))(
  '%s passes the AWS Solutions rules, fits the schemas and gives no warning',
  (_, options) => {
    const { stacks } = check(createApp(options, true).app);
    expect(stacks.flatMap(({ messages }) => messages)).toEqual([]);
  },
);

test('A violation of a rule is found', () => {
  const { app, stack } = createApp({ stage: 'demo' }, true);
  new Bucket(stack, 'OpenToPlainHttp');
  expect(() => check(app)).toThrow('AwsSolutions-S10');
});
