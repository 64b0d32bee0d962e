import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../src/project.ts';
import { createApp, type Value } from './synthesize.ts';

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');

/** The workspaces that `folder` is made of, sorted: itself, and those of the project that it depends on, however far. */
function workspaces(folder: string): string[] {
  const found = new Set<string>();
  const add = (folder: string) => {
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies, devDependencies } = JSON.parse(read(`${folder}/package.json`));
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      if (name.startsWith('@property-insights/')) add(`packages/${name.split('/')[1]}`);
    }
  };
  add(folder);
  return [...found].sort();
}

/** The folders whose manifests a part of a Dockerfile copies, and those whose sources it copies. */
const copied = (dockerfile: string) => ({
  manifests: [...dockerfile.matchAll(/^COPY (\S+)\/package\.json \1\/$/gm)].map(([, folder]) => folder).sort(),
  sources: [...dockerfile.matchAll(/^COPY ((?:apps|packages)\/\S+) \1$/gm)].map(([, folder]) => folder).sort(),
});

/** The folders that the synthesized images are built from, by service. */
function contexts(): Record<string, string> {
  const assembly = createApp({ stage: 'demo' }).app.synth();
  const { dockerImages } = JSON.parse(
    readFileSync(join(assembly.directory, 'property-insights-demo.assets.json'), 'utf8'),
  );
  return Object.fromEntries(
    Object.values<Value>(dockerImages).map(({ source }) => [
      source.dockerFile.split('/')[1],
      join(assembly.directory, source.directory),
    ]),
  );
}

describe.each(['analytical', 'reporting'])('The image of %s', (service) => {
  const dockerfile = read(`apps/${service}/Dockerfile`);
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const expected = workspaces(`apps/${service}`);

  test('has exactly the workspaces that the service is made of', () => {
    expect(copied(stages.find((stage) => /^\S+ AS dependencies$/m.test(stage)) ?? '').manifests).toEqual(expected);
    expect(copied(stages.at(-1) ?? '').sources).toEqual(expected);
  });

  test('runs the service for production, and not as root', () => {
    const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(final).toMatch(/^\nFROM node:24-bookworm-slim@sha256:[0-9a-f]{64}$/m);
    expect(final).toContain('ENV NODE_ENV=production');
    expect(final).toContain('USER node');
    expect(final).toContain(`CMD ["node", "apps/${service}/src/main.ts"]`);
    expect(dockerfile).toContain(`RUN npm ci --omit=dev --workspace apps/${service}`);
  });

  test('is built in every stage with the Node that it runs on', () => {
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases).size).toBe(1);
    expect(read('apps/analytical/Dockerfile')).toContain(`FROM ${bases[0]}\n`);
  });

  test('is built without tests, documents, libraries or other services', () => {
    const context = contexts()[service] ?? '';
    const files = globSync('**/*', { cwd: context });
    expect(files).toContain(`apps/${service}/src/main.ts`);
    expect(files).toContain('packages/analytics/package.json');
    expect(files.filter((file) => /(^|\/)(node_modules|test|dist)(\/|$)|\.md$/.test(file))).toEqual([]);
    expect(files.filter((file) => /^(docs|local|benchmarks|infrastructure|\.git)/.test(file))).toEqual([]);
    const needed = service === 'analytical' ? [...expected, ...workspaces('apps/dashboard')] : expected;
    expect(globSync(['apps/*', 'packages/*'], { cwd: context }).sort()).toEqual([...new Set(needed)].sort());
  });
});

test('the dashboard is built from exactly the workspaces that it is made of', () => {
  const [stage = ''] = read('apps/analytical/Dockerfile')
    .split(/^FROM /m)
    .slice(1);
  const expected = workspaces('apps/dashboard');
  expect(copied(stage)).toEqual({ manifests: expected, sources: expected });
});
