import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../src/project.ts';

/** What `npm run smoke -- URL` says, and whether it is content. */
function smoke(args: string[], token = ''): Promise<{ passed: boolean; output: string }> {
  return new Promise((resolve) => {
    const script = join(projectRoot, 'infrastructure', 'src', 'smoke.ts');
    const env = { ...process.env, PROPERTY_INSIGHTS_TOKEN: token };
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ passed: error === null, output: stdout + stderr });
    });
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** The whole system, once it says that it is ready. */
function start(port: number, data: string): Promise<ChildProcess> {
  const system = spawn(
    process.execPath,
    [join(projectRoot, 'local', 'src', 'main.ts'), '--port', `${port}`, '--data-dir', data, '--no-sample'],
    { cwd: projectRoot },
  );
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      if (output.includes('is ready on')) resolve(system);
    };
    system.stdout.on('data', read);
    system.stderr.on('data', read);
    system.once('exit', () => reject(new Error(`The system ended before it was ready:\n${output}`)));
  });
}

test('A working system passes, again and again', { timeout: 240_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'property-insights-smoke-'));
  const port = await freePort();
  const system = await start(port, data);
  try {
    const { token } = JSON.parse(readFileSync(join(data, 'admin-token.json'), 'utf8'));
    for (const _ of [1, 2]) {
      const { passed, output } = await smoke([`http://127.0.0.1:${port}`], token);
      expect(output.trim().split('\n')).toEqual([
        '✓ The analytical service is healthy',
        '✓ The reporting service is healthy',
        '✓ The page is served',
        '✓ Another path is not found',
        '✓ Nobody writes without a token',
        '✓ A property is entered, found, counted by the other service, and removed',
      ]);
      expect(passed).toBe(true);
    }
    const response = await fetch(`http://127.0.0.1:${port}/api/tokens`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const tokens = (await response.json()) as {
      name: string;
      created_at: string;
      expires_at: string;
      revoked_at: string;
    }[];
    const ofRuns = tokens.filter(({ name }) => name.startsWith('Smoke test of '));
    expect(ofRuns).toHaveLength(2);
    for (const { created_at, expires_at, revoked_at } of ofRuns) {
      expect(revoked_at).not.toBeNull();
      expect(Date.parse(expires_at) - Date.parse(created_at)).toBeLessThanOrEqual(15 * 60_000);
    }
    const { passed, output } = await smoke([`http://127.0.0.1:${port}`], `pi_${'x'.repeat(43)}`);
    expect(output).toContain('✗ The token should have the scope admin and not be revoked.');
    expect(passed).toBe(false);
  } finally {
    const ended = new Promise((resolve) => system.once('exit', resolve));
    system.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true });
  }
});

test('A system without its database does not pass', async () => {
  const broken = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"status":"ok","database":"unreachable"}');
  });
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
  try {
    const { passed, output } = await smoke([`http://127.0.0.1:${(broken.address() as AddressInfo).port}`]);
    expect(output).toContain('The database should be reachable. It was 200 application/json');
    expect(passed).toBe(false);
  } finally {
    broken.close();
  }
});

test('Without an address it states what is required', async () => {
  const { passed, output } = await smoke(['example']);
  expect(output).toContain('"example" is not an address: npm run smoke -- http://localhost:8080');
  expect(passed).toBe(false);
});
