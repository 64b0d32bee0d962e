import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Problem } from '@property-insights/service';
import fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { acceptFiles, receiveFiles } from '../src/uploads.ts';

const full = '/dev/full';

/** A server that writes uploads to a disk that is full. */
async function start(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'uploads-test-'));
  const app = fastify();
  await acceptFiles(app as unknown as App);
  app.post('/', async (request, reply) => {
    const directory = join(folder, request.id);
    await mkdir(directory);
    await symlink(full, join(directory, '1'));
    try {
      return await receiveFiles(request, directory, {});
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return reply.code(error.status).send({ ...error.toJSON(), kept: existsSync(directory) });
    }
  });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
    await rm(folder, { recursive: true });
  });
  return app.listen();
}

test.runIf(existsSync(full)).each(['body', 'form'])('a %s that fills the disk is answered with 507', async (kind) => {
  const content = new Blob(['x'.repeat(5_000_000)]);
  const form = new FormData();
  form.append('file', content, 'a.csv');
  const url = await start();
  const response = await fetch(url, { method: 'POST', body: kind === 'form' ? form : content });
  expect(response.status).toBe(507);
  expect(await response.json()).toMatchObject({ type: '/api/docs/problems#storage-full', kept: false });
});
