import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';

const processes: ChildProcess[] = [];
afterEach(() => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
});

/** Starts the service of the fixture. Returns its process, its port and the messages that it logs. */
async function start(env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [new URL('fixtures/slow-service.ts', import.meta.url).pathname], {
    env: { HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  const messages: string[] = [];
  const port = new Promise<number>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const { msg } = JSON.parse(line);
      messages.push(msg);
      const listening = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(msg);
      if (listening) resolve(Number(listening[1]));
    });
  });
  return { child, messages, port: await port };
}

function status(port: number, path: string, agent?: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: finishes requests under way, refuses new ones, closes, and exits with 0',
  async (signal) => {
    const { child, messages, port } = await start();
    // A kept-alive connection must not delay the exit once its request is answered.
    const agent = new Agent({ keepAlive: true });
    const slow = status(port, '/example/slow', agent);
    await setTimeout(300);
    const exit = once(child, 'exit');
    child.kill(signal);
    await setTimeout(200);
    await expect(status(port, '/example/health')).rejects.toThrow('ECONNREFUSED');
    expect(await slow).toBe(200);
    const answered = performance.now();
    expect(await exit).toEqual([0, null]);
    expect(performance.now() - answered).toBeLessThan(20_000);
    expect(messages.slice(-3)).toEqual(['stopping', 'closed what the routes use', 'stopped']);
    agent.destroy();
  },
);

it('an error that only a new process recovers from stops it, after the requests under way', async () => {
  const { child, messages, port } = await start();
  const slow = status(port, '/example/slow');
  await setTimeout(300);
  const exit = once(child, 'exit');
  await status(port, '/example/fatal');
  expect(await slow).toBe(200);
  expect(await exit).toEqual([0, null]);
  expect(messages).toContain('stopping because of an error that only a new process recovers from');
});

it('a second signal does not interrupt a graceful stop', async () => {
  const { child, port } = await start();
  const slow = status(port, '/example/slow');
  await setTimeout(300);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect(await slow).toBe(200);
  expect(await exit).toEqual([0, null]);
});

it('does not start without a port, and states what is required', async () => {
  const child = spawn(process.execPath, [new URL('fixtures/slow-service.ts', import.meta.url).pathname], {
    env: { PORT: 'http' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  processes.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data) => (stderr += data));
  expect((await once(child, 'close'))[0]).toBe(1);
  expect(stderr).toContain('PORT must be set to a port number from 0 to 65535, not "http".');
});
