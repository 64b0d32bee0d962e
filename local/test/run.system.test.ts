import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Child } from '../src/child.ts';
import { DatabaseServer } from '../src/database.ts';
import { silentLog } from '../src/logs.ts';
import { makeContentPrivate } from '../src/private-files.ts';
import { Run } from '../src/run.ts';
import { ObjectStore } from '../src/s3/object-store.ts';
import { SecretStore } from '../src/secrets-manager/secret-store.ts';
import { statusOf } from '../src/system-process.ts';
import { readAssembly } from '../src/template/assembly.ts';

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

test('a process whose run has lost its directory ends without an error', async () => {
  const run = await Run.claim(directory, 'http://localhost:1');
  const child = spawn('sleep', ['60']);
  run.guard(child, 'task');
  await rm(directory, { recursive: true });
  const ended = once(child, 'exit');
  // An error of a listener would be thrown here.
  expect(() => child.emit('exit', 0, null)).not.toThrow();
  child.kill();
  await ended;
  await run.release();
});

test('the processes of a killed run end, even one that ignores SIGTERM', async () => {
  const pid = await holdRun();
  expect(runs(pid)).toBe(true);
  holder?.kill('SIGKILL');
  await vi.waitFor(() => expect(runs(pid)).toBe(false), { timeout: 60_000, interval: 100 });
});

test('the next run ends the processes of a killed run and watchdog at once', async () => {
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

test('a released directory can be used again, and a run that is ending starts no process', async () => {
  const run = await Run.claim(directory, 'http://localhost:1');
  run.preventProcesses();
  const options = { command: 'true', arguments: [], workingDirectory: '/', environment: {}, log: silentLog };
  expect(() => new Child(run, options)).toThrow('The run is ending; no more processes are started.');
  await run.release();
  await (await Run.claim(directory, 'http://localhost:2')).release();
});

test('a reused process id is not mistaken for the process of a run', async () => {
  expect(statusOf(process.pid)).toMatchObject({ parent: process.ppid, started: expect.any(String) });
  expect(statusOf(process.pid)?.started).not.toBe(statusOf(1)?.started);
  const short = spawn('true');
  await once(short, 'exit');
  expect(statusOf(short.pid as number)).toBeUndefined();
});

describe('the files of a run', () => {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  test('are for their owner only, whatever the umask', async () => {
    const former = process.umask(0);
    try {
      const run = await Run.claim(join(directory, 'data'), 'http://localhost:1');
      expect(await modeOf(run.directory)).toBe(0o700);
      const files = await readdir(run.directory);
      expect(files).toContain('run.json');
      for (const file of files) expect(await modeOf(join(run.directory, file)), file).toBe(0o600);
      const child = new Child(run, {
        command: 'mkdir',
        arguments: ['made'],
        workingDirectory: run.directory,
        environment: {},
        log: silentLog,
      });
      await child.closed;
      expect(await modeOf(join(run.directory, 'made'))).toBe(0o700);
      await run.release();
    } finally {
      process.umask(former);
    }
  });

  test('that others could have changed are not executed', async () => {
    await mkdir(join(directory, 'cdk.out/asset.1'), { recursive: true });
    await writeFile(join(directory, 'cdk.out/asset.1/index.mjs'), 'changed by another user');
    await writeFile(join(directory, 'secrets.json'), '[]');
    await chmod(directory, 0o755);
    const run = await Run.claim(directory, 'http://localhost:1');
    expect(await modeOf(directory)).toBe(0o700);
    await expect(stat(join(directory, 'cdk.out'))).rejects.toThrow('ENOENT');
    expect(await readFile(join(directory, 'secrets.json'), 'utf8')).toBe('[]');
    await run.release();
  });

  test('are not in a folder that another user could replace', async () => {
    const shared = join(directory, 'shared');
    await mkdir(shared);
    await chmod(shared, 0o777);
    const data = join(shared, 'data');
    await expect(Run.claim(data, 'http://localhost:1')).rejects.toThrow(
      `Every user may write in ${shared} and replace ${data}. Choose a folder elsewhere.`,
    );
    await chmod(shared, 0o1777);
    await (await Run.claim(data, 'http://localhost:1')).release();
  });

  test('lose the rights that a library has granted', async () => {
    await mkdir(join(directory, 'asset'));
    await writeFile(join(directory, 'asset/index.mjs'), '');
    await chmod(join(directory, 'asset'), 0o777);
    await chmod(join(directory, 'asset/index.mjs'), 0o666);
    await makeContentPrivate(directory);
    expect(await modeOf(join(directory, 'asset'))).toBe(0o700);
    expect(await modeOf(join(directory, 'asset/index.mjs'))).toBe(0o600);
  });
});

describe('a damaged file is named in the error', () => {
  const garbage = 'not what it was';

  test('the lock', async () => {
    const lock = join(directory, 'lock');
    await writeFile(lock, garbage);
    await expect(Run.claim(directory, 'http://localhost:1')).rejects.toThrow(
      `${lock} is damaged (file is not a database)`,
    );
  });

  test('the secrets, of which the error contains nothing', () => {
    const file = join(directory, 'secrets.json');
    writeFileSync(file, '[{"name": "pass-word" oops');
    const open = () => new SecretStore(file, { region: 'r', accountId: '1' });
    expect(open).toThrow(`${file} is damaged`);
    expect(open).not.toThrow('pass-word');
    writeFileSync(file, '{}');
    expect(open).toThrow(`${file} is damaged (it is not a list)`);
  });

  test('the keys of stored objects', async () => {
    const file = join(directory, 'keys.sqlite');
    await writeFile(file, garbage);
    expect(() => new ObjectStore(directory)).toThrow(`${file} is damaged (file is not a database)`);
  });

  test('a template', async () => {
    const file = join(directory, 'manifest.json');
    await writeFile(file, garbage);
    await expect(readAssembly(directory)).rejects.toThrow(`${file} is damaged`);
  });

  test("the superuser's password, which is set again when its file is deleted, and the server's process file", async () => {
    const run = await Run.claim(directory, 'http://localhost:1');
    await (await DatabaseServer.start(run, silentLog)).stop();
    const query = (server: DatabaseServer) => server.administer((client) => client.query('SELECT 1 AS one'));
    const password = join(directory, 'postgres-superuser');
    await writeFile(password, garbage);
    const refusing = await DatabaseServer.start(run, silentLog);
    await expect(query(refusing)).rejects.toThrow(
      `refuses the password in ${password}, so the file is damaged. Delete it`,
    );
    await refusing.stop();
    await rm(password);
    const repaired = await DatabaseServer.start(run, silentLog);
    expect(await query(repaired)).toMatchObject({ rows: [{ one: 1 }] });
    await repaired.stop();

    await writeFile(join(directory, 'postgres/postmaster.pid'), garbage);
    await expect(DatabaseServer.start(run, silentLog)).rejects.toThrow(
      new RegExp(`Its data is in ${directory}/postgres\\. .*postmaster\\.pid`),
    );
    await run.release();
  });
});

test("the shell's settings for other servers do not reach the database", async () => {
  process.env.PGSSLMODE = 'require';
  process.env.PGOPTIONS = '-c no.such=1 -x';
  const run = await Run.claim(directory, 'http://localhost:1');
  const server = await DatabaseServer.start(run, silentLog);
  try {
    expect(await server.administer((client) => client.query('SELECT 1 AS one'))).toMatchObject({ rows: [{ one: 1 }] });
  } finally {
    await server.stop();
    await run.release();
  }
});
