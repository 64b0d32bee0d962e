/** Starts the whole system on this machine from its templates, and stops it. */
import { resolve } from 'node:path';
import { removeAdminToken, writeAdminToken } from '@property-insights/admin-token';
import { adminToken } from './admin-token.ts';
import { Balancer } from './balancer.ts';
import { DatabaseServer } from './database.ts';
import type { ExecutionContext } from './execution-context.ts';
import { Identities } from './identities.ts';
import type { Logs } from './logs.ts';
import { removeMigrator } from './migrator.ts';
import { assertPortFree, freePort } from './ports.ts';
import { Run } from './run.ts';
import { loadSample } from './sample.ts';
import { synthesize } from './synthesize.ts';
import type { Task } from './task.ts';
import { type Assembly, readAssembly } from './template/assembly.ts';
import { executeTemplates, updateTemplates } from './template/execute.ts';
import { watchSources } from './watch.ts';

/** The templates to execute: by default those of `infrastructure`. */
export interface Templates {
  /** Options that `cdk synth` takes with `-c`, such as another stage. */
  synthesisOptions?: Record<string, string>;
  /** An assembly that exists, to execute instead. */
  assemblyDirectory?: string;
}

export interface LocalOptions extends Templates {
  /** The port of the load balancer; 0 chooses a free one. */
  port: number;
  /** Keeps the database, the tasks' volumes and the secrets from one run to the next. */
  dataDirectory: string;
  /** Loads the synthetic market on the first start. */
  sample: boolean;
  /** Numbers of tasks that replace those of the template, by service. */
  taskCounts?: Record<string, number>;
  /** Replaces tasks when their source changes. */
  watch?: boolean;
  /** Records that the data was restored from a backup, before a service starts. */
  recordRestore?: boolean;
  logs: Logs;
  /** Cancels the start, and stops what has been started. */
  signal?: AbortSignal;
  /** Kills all processes at once, without waiting for requests to finish. */
  killSignal?: AbortSignal;
}

export interface LocalSystem {
  url: string;
  /** A token with the scope admin. */
  adminToken: string;
  /** The tasks that are running now. */
  tasks(): Task[];
  database: DatabaseServer;
  /**
   * Executes other templates on the running system, as a deployment does: tasks are replaced one by one, and no request fails.
   * @throws if a resource cannot be made. The update has been reverted then.
   */
  update(templates: Templates): Promise<void>;
  /** Rotates the secrets in the environment of a service; resolves when the new values are in use. @throws if a step fails. */
  rotate(serviceName: string): Promise<void>;
  /** The stacks' outputs after the last execution, by stack and name. */
  outputs(): Record<string, Record<string, unknown>>;
  /** Stops everything in order, within 10 s. */
  stop(): Promise<void>;
}

const projectRoot = resolve(import.meta.dirname, '..', '..');

/**
 * Resolves when every task of every service is healthy and the sample is loaded.
 * @throws if anything fails. Everything has been stopped then.
 */
export async function startLocal(options: LocalOptions): Promise<LocalSystem> {
  const { logs, signal, dataDirectory, taskCounts = {} } = options;
  const log = logs.source('local');
  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    log.info(`${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  };

  const port = options.port === 0 ? await freePort() : options.port;
  const url = `http://localhost:${port}`;
  const run = await Run.claim(resolve(dataDirectory), url);
  // Checked first, so that a failure leaves nothing to stop.
  await assertPortFree(port).catch(async (error) => {
    await run.release();
    throw error;
  });

  const database = DatabaseServer.start(run, logs.source('database'));
  const balancer = new Balancer(logs.source('balancer'));
  const services: ExecutionContext['services'] = new Map();
  let identities: Identities | undefined;
  let stopWatching = () => {};

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  async function stopAll(): Promise<void> {
    run.preventProcesses();
    stopWatching();
    await Promise.all([...services.values()].map((service) => service.stop()));
    await run.endTasks();
    await Promise.allSettled([balancer.close(), identities?.close()]);
    await database.then((server) => server.stop()).catch(() => {}); // if it did not start, there is nothing to stop
    await Promise.all([removeAdminToken(run.directory), removeMigrator(run.directory)]);
    await run.release();
  }
  options.killSignal?.addEventListener('abort', () => {
    for (const service of services.values()) service.kill();
    void database.then((server) => server.stop('immediate')).catch(() => {});
  });

  async function start(): Promise<LocalSystem> {
    const [assembly] = await Promise.all([
      timed('The templates are synthesized', readTemplates(options, run)),
      timed('The database runs', database),
    ]);
    assertServicesExist(taskCounts, assembly);
    const [stack] = assembly.stacks;
    if (!stack) throw new Error('The cloud assembly has no stack to execute.');
    run.assertOpen();
    identities = await Identities.start(run, stack, logs.source('secrets'));
    const context: ExecutionContext = {
      projectRoot,
      port,
      assembly,
      resources: new Map(),
      run,
      logs,
      database,
      balancer,
      identities,
      taskCounts,
      taskDefinitions: new Map(),
      functions: new Map(),
      services,
      triggerEvent: options.recordRestore ? { command: 'record-restore' } : {},
    };
    let outputs = await timed('The templates are executed', executeTemplates(assembly, context));
    context.triggerEvent = {};
    const token = adminToken(outputs, identities);
    await writeAdminToken(run.directory, url, token);
    await balancer.open(port, token);
    const stable = () => Promise.all([...services.values()].map((service) => service.stable));
    await timed('Every task is healthy', stable());
    if (options.sample) await loadSample({ projectRoot, run, logs, url, adminToken: token, signal });
    if (options.watch) stopWatching = await watchSources({ projectRoot, services, log });
    return {
      url,
      adminToken: token,
      tasks: () => [...services.values()].flatMap((service) => service.tasks),
      database: await database,
      async update(templates) {
        const next = await readTemplates(templates, run);
        outputs = await timed('The templates are updated', update(context, next));
      },
      rotate: (serviceName) => rotateSecrets(context, serviceName),
      outputs: () => outputs,
      stop,
    };
  }

  const cancelled = Promise.withResolvers<never>();
  const cancel = () => cancelled.reject(new Error('The start was cancelled.'));
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([start(), cancelled.promise]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

async function readTemplates({ assemblyDirectory, synthesisOptions = {} }: Templates, run: Run): Promise<Assembly> {
  return readAssembly(assemblyDirectory ?? (await synthesize(projectRoot, run, synthesisOptions)));
}

async function update(context: ExecutionContext, assembly: Assembly): ReturnType<typeof updateTemplates> {
  const outputs = await updateTemplates(assembly, context);
  await Promise.all([...context.services.values()].map((service) => service.stable)); // new services
  return outputs;
}

async function rotateSecrets({ taskDefinitions, identities }: ExecutionContext, serviceName: string): Promise<void> {
  const container = [...taskDefinitions.values()].findLast(({ name }) => name === serviceName);
  const arns = Object.values(container?.environment ?? {}).filter((value) => identities.hasRotation(value));
  if (arns.length === 0) throw new Error(`The templates have no service ${serviceName} with a secret to rotate.`);
  await Promise.all(arns.map((arn) => identities.rotate(arn)));
}

function assertServicesExist(taskCounts: Record<string, number>, { stacks }: Assembly): void {
  const names = stacks
    .flatMap(({ template }) => Object.values(template.Resources ?? {}))
    .filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition')
    .flatMap(({ Properties }) => (Properties?.ContainerDefinitions ?? []) as { Name: string }[])
    .map(({ Name }) => Name);
  for (const name of Object.keys(taskCounts)) {
    if (!names.includes(name)) {
      throw new Error(`There is no service ${name}; the templates have ${names.join(' and ')}.`);
    }
  }
}
