import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from '../src/logs.ts';
import type { Service } from '../src/service.ts';
import { watchSources } from '../src/watch.ts';

let projectRoot: string;
let stop: () => void;
const redeployed: string[] = [];

const service = (name: string) =>
  ({
    name,
    container: { arguments: [`apps/${name}/src/main.ts`] },
    redeploy: async () => void redeployed.push(name),
  }) as unknown as Service;

beforeEach(async () => {
  projectRoot = await mkdtemp(join(tmpdir(), 'property-insights-watch-'));
  for (const folder of ['apps/first/src/routes', 'apps/second/src', 'packages/shared/src']) {
    await mkdir(join(projectRoot, folder), { recursive: true });
  }
  redeployed.length = 0;
  const services = new Map(['first', 'second'].map((name) => [name, service(name)]));
  stop = await watchSources({ projectRoot, services, log: silentLog });
});
afterEach(async () => {
  stop();
  await rm(projectRoot, { recursive: true });
});

/** Replaces a file by renaming another, as many editors do. */
async function save(path: string): Promise<void> {
  const file = join(projectRoot, path);
  await writeFile(`${file}~`, `${Math.random()}`);
  await rename(`${file}~`, file);
}

async function expectRedeployed(...names: string[]): Promise<void> {
  await vi.waitFor(() => expect(redeployed.toSorted()).toEqual(names), 60_000);
  redeployed.length = 0;
}

test('redeploys the service whose source changes, each time', async () => {
  for (let i = 0; i < 3; i++) {
    await save('apps/first/src/routes/a.ts');
    await expectRedeployed('first');
  }
});

test('redeploys all services when the source of a package changes', async () => {
  await save('packages/shared/src/a.ts');
  await expectRedeployed('first', 'second');
});

test('watches folders that are added', async () => {
  await mkdir(join(projectRoot, 'apps/second/src/added'));
  await expectRedeployed('second');
  await save('apps/second/src/added/a.ts');
  await expectRedeployed('second');
});
