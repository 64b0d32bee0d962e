import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Child } from '../src/child.ts';
import { silentLog } from '../src/logs.ts';
import { Run } from '../src/run.ts';
import { statusOf } from '../src/system-process.ts';

let directory: string;
let holder: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'property-insights-run-'));
});

afterEach(async () => {
  holder?.kill('SIGKILL');
  holder = undefined;
  await rm(directory, { recursive: true, force: true });
});

/** Another program with a run on the directory; resolves with the number of the process that it runs. */
async function holdRun(): Promise<number> {
  holder = spawn(process.execPath, [join(import.meta.dirname, 'run-holder.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: holder.stdout as NodeJS.ReadableStream }), 'line');
  return Number(line);
}

const runs = (pid: number) => statusOf(pid) !== undefined;

test('a directory in use is refused, with the process and address that use it', async () => {
  await holdRun();
  await expect(Run.claim(directory, 'http://localhost:1')).rejects.toThrow(
    `${directory} is in use by another Property Insights (process ${holder?.pid}, http://localhost:1234). Stop it first, or choose another folder with --data-dir.`,
  );
});

test('the processes of a run that is killed end without it, even one that ignores SIGTERM', async () => {
  const pid = await holdRun();
  expect(runs(pid)).toBe(true);
  holder?.kill('SIGKILL');
  await vi.waitFor(() => expect(runs(pid)).toBe(false), { timeout: 8000, interval: 100 });
});

test('the next run ends at once what a killed one and its watchdog have left', async () => {
  const pid = await holdRun();
  const watchdogs = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...command]) => parent === String(holder?.pid) && command.join(' ').includes('watchdog.ts'));
  expect(watchdogs).toHaveLength(1);
  // Both in one go, before the run can start another watchdog.
  holder?.kill('SIGSTOP');
  process.kill(Number(watchdogs[0]?.[0]), 'SIGKILL');
  holder?.kill('SIGKILL');
  await once(holder as ChildProcess, 'exit');
  expect(runs(pid)).toBe(true);

  const run = await Run.claim(directory, 'http://localhost:1');
  expect(runs(pid)).toBe(false);
  await run.release();
});

test('a released directory is free, and a run that is ending starts nothing more', async () => {
  const run = await Run.claim(directory, 'http://localhost:1');
  run.preventProcesses();
  const options = { command: 'true', arguments: [], workingDirectory: '/', environment: {}, log: silentLog };
  expect(() => new Child(run, options)).toThrow('The run is ending; no more processes are started.');
  await run.release();
  await (await Run.claim(directory, 'http://localhost:2')).release();
});

test('a number that another process was given since is not taken for the process of a run', async () => {
  expect(statusOf(process.pid)).toMatchObject({ parent: process.ppid, started: expect.any(String) });
  expect(statusOf(process.pid)?.started).not.toBe(statusOf(1)?.started);
  const short = spawn('true');
  await once(short, 'exit');
  expect(statusOf(short.pid as number)).toBeUndefined();
});
