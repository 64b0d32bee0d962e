/** Synthesizes the templates from the CDK app, if one of their inputs has changed. */
import { createHash } from 'node:crypto';
import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeContentPrivate } from './private-files.ts';
import type { Run } from './run.ts';
import { runScript } from './script.ts';

/** All files that templates and assets depend on. The contents of images are left out, since tasks run from the project itself. */
const inputs = [
  'cdk.json',
  'cdk.context.json',
  'package-lock.json',
  'infrastructure/src/**/*.*',
  'packages/*/package.json',
  'packages/*/{src,migrations}/**/*.*',
  'apps/*/Dockerfile',
];

/**
 * Synthesizes the CDK app into a folder of the data directory, as the CDK CLI does, but without the 2 s that the CLI itself takes. Skipped, which
 * saves 4 s, if the last synthesis with these options had the same inputs.
 * @param options what `cdk synth` takes with `-c`, such as `{stage: 'production', entry: 'cloudfront'}`
 * @returns the folder of the cloud assembly.
 */
export async function synthesize(projectRoot: string, run: Run, options: Record<string, string>): Promise<string> {
  // One folder for each set of options: a running system uses its folder until it is updated to another.
  const directory = join(run.directory, ['cdk.out', ...Object.values(options).map(encodeURIComponent)].join('-'));
  const stamp = join(directory, '.inputs');
  const hash = await hashInputs(projectRoot, options);
  if ((await readFile(stamp, 'utf8').catch(() => undefined)) === hash) return directory;
  await rm(directory, { recursive: true, force: true });
  const { app, context } = JSON.parse(await readFile(join(projectRoot, 'cdk.json'), 'utf8')) as {
    app: string;
    context?: Record<string, unknown>;
  };
  const storedContext = await readFile(join(projectRoot, 'cdk.context.json'), 'utf8').catch(() => '{}');
  const [, ...appArguments] = app.split(' '); // its first word is node
  await runScript(run, {
    title: 'The synthesis of the templates',
    projectRoot,
    arguments: appArguments,
    environment: {
      CDK_OUTDIR: directory,
      CDK_VALIDATION: 'false', // `npm run synth` validates; validation takes longer than the synthesis
      CDK_CONTEXT_JSON: JSON.stringify({
        ...context,
        ...JSON.parse(storedContext),
        ...options,
        'aws:cdk:enable-path-metadata': true, // names for the log
        'aws:cdk:disable-asset-staging': true, // nothing is uploaded, so nothing has to be copied
        'aws:cdk:disable-stack-trace': true,
      }),
    },
  });
  await makeContentPrivate(directory); // the CDK lets every user write in the folders of assets
  await writeFile(stamp, hash);
  return directory;
}

async function hashInputs(projectRoot: string, options: Record<string, string>): Promise<string> {
  const names = await Array.fromAsync(glob(inputs, { cwd: projectRoot }));
  const contents = await Promise.all(names.sort().map((name) => readFile(join(projectRoot, name))));
  const hash = createHash('sha256').update(JSON.stringify([projectRoot, options])); // asset paths are absolute
  for (const [index, content] of contents.entries()) hash.update(`${names[index]} ${content.length}\n`).update(content);
  return hash.digest('hex');
}
