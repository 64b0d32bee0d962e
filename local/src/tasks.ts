/** The tasks of an ECS service, as processes: started, registered with the load balancer, replaced when they die. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Balancer } from './balancer.ts';
import { Child, describeExit } from './child.ts';
import { type Logs, summarizeLine } from './logs.ts';
import { freePort } from './ports.ts';
import type { Run } from './run.ts';

/** One container of a task definition, as a process of this machine would need it. */
export interface ContainerProcess {
  name: string;
  command: string;
  arguments: string[];
  workingDirectory: string;
  environment: Record<string, string>;
  /** Volumes by the path where the container sees them. */
  mounts: { volume: string; containerPath: string }[];
  /** From SIGTERM to SIGKILL. */
  stopTimeoutSeconds: number;
}

export interface ServiceOptions {
  container: ContainerProcess;
  count: number;
  targetGroupArns: string[];
  /** How long a new task may take until it passes a health check. */
  startTimeoutSeconds: number;
  run: Run;
  logs: Logs;
  balancer: Balancer;
}

/** One task as it is now. */
export interface Task {
  /** Such as `analytical-1`; its replacement bears the same. */
  name: string;
  pid: number | undefined;
  /** Where it answers without the load balancer. */
  url: string;
}

/** A task that lived for less is taken to have crashed at its start, and its replacement waits a while. */
const shortLifeMs = 10_000;
/** After so many tasks in a row that never became healthy, a start has failed (ECS calls this its circuit breaker). */
const failuresThatFailAStart = 3;
/** When everything stops, a task may finish its requests this long, then it is asked to end and given this long again. */
const drainMs = 1500;
const stopMs = 4000;

export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  readonly #tasks = new Map<number, { task: Task; child: Child }>();
  /** One for each task, settled when the service is stopped. */
  readonly #slots: Promise<void>[] = [];
  readonly #stopping = new AbortController();
  readonly #stable = Promise.withResolvers<void>();
  readonly #healthyOnce = new Set<number>();

  constructor(options: ServiceOptions) {
    this.name = options.container.name;
    this.#options = options;
    this.#stable.promise.catch(() => {}); // told to whoever waits for it
    this.scaleUpTo(options.count);
    if (options.count === 0) this.#stable.resolve();
  }

  /** Has at least so many tasks run. */
  scaleUpTo(count: number): void {
    while (this.#slots.length < count) this.#slots.push(this.#keepRunning(this.#slots.length + 1));
  }

  /** Settles when every task has passed a health check, or it is clear that they won't. */
  get stable(): Promise<void> {
    return this.#stable.promise;
  }

  get tasks(): Task[] {
    return [...this.#tasks.values()].map(({ task }) => task);
  }

  /** Lets every task finish what it has, then ends it; within 5.5 s, or at once in a hurry. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#slots);
  }

  /** Ends every task without waiting for anything. */
  hurry(): void {
    this.#stopping.abort();
    for (const { child } of this.#tasks.values()) child.kill('SIGKILL');
  }

  /** Runs one task after another under the same number, until the service is stopped. */
  async #keepRunning(slot: number): Promise<void> {
    const { signal } = this.#stopping;
    const log = this.#options.logs.source('local');
    for (let failures = 0; !signal.aborted; ) {
      const started = Date.now();
      const { wasHealthy, ending } = await this.#runTask(slot);
      if (signal.aborted) return;
      failures = wasHealthy ? 0 : failures + 1;
      if (failures >= failuresThatFailAStart) {
        this.#stable.reject(new Error(`${this.name} does not start: ${ending}`));
      }
      const waitMs = Date.now() - started < shortLifeMs ? Math.min(100 * 2 ** failures, 10_000) : 0;
      log.warn(`${this.name}-${slot} ${ending}; starting another${waitMs ? ` in ${waitMs / 1000} s` : ''}`);
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Runs one task until it ends; tells whether it ever was healthy, and how it ended. */
  async #runTask(slot: number): Promise<{ wasHealthy: boolean; ending: string }> {
    const { container, targetGroupArns, run, logs, balancer } = this.#options;
    const { signal } = this.#stopping;
    const name = `${this.name}-${slot}`;
    const port = await freePort();
    const environment = await this.#taskEnvironment(name, port);
    if (signal.aborted) return { wasHealthy: false, ending: 'was not started' };
    const child = new Child(run, { ...container, environment, log: logs.source(name) });
    const address = { host: '127.0.0.1', port };
    this.#tasks.set(slot, { child, task: { name, pid: child.pid, url: `http://127.0.0.1:${port}` } });
    const leave = () => Promise.all(targetGroupArns.map((arn) => balancer.deregister(arn, address)));

    let wasHealthy = false;
    let ending: string | undefined;
    const startTimer = setTimeout(() => {
      ending = `passed no health check in ${this.#options.startTimeoutSeconds} s`;
      child.kill('SIGKILL');
    }, this.#options.startTimeoutSeconds * 1000);
    const onUnhealthy = () => {
      ending = 'failed its health checks';
      void child.stop(container.stopTimeoutSeconds * 1000);
    };
    const registered = targetGroupArns.map((arn) => balancer.register(arn, address, { name, onUnhealthy }));
    Promise.all(registered).then(
      (results) => {
        if (results.some((result) => result !== 'healthy')) return;
        wasHealthy = true;
        clearTimeout(startTimer);
        this.#healthyOnce.add(slot);
        if (this.#healthyOnce.size === this.#slots.length) this.#stable.resolve();
      },
      () => {}, // the load balancer didn't open, and the whole start fails with its error
    );
    const stop = async () => {
      await Promise.race([leave(), delay(drainMs, undefined, { ref: false })]);
      await child.stop(Math.min(container.stopTimeoutSeconds * 1000, stopMs));
    };
    signal.addEventListener('abort', stop, { once: true });

    try {
      const exit = await child.exited;
      // At once: from here on no request may go to the dead task.
      void leave();
      await child.closed;
      const lastWords = child.lastLines.slice(-3).map(summarizeLine).join(' | ');
      ending ??= wasHealthy || lastWords === '' ? describeExit(exit) : `${describeExit(exit)}: ${lastWords}`;
    } catch (error) {
      ending = `could not be started: ${(error as Error).message}`;
    }
    clearTimeout(startTimer);
    signal.removeEventListener('abort', stop);
    this.#tasks.delete(slot);
    void leave(); // one that could not be started, too
    return { wasHealthy, ending };
  }

  /** The template's environment, with the port and the volumes' folders of this task in it. */
  async #taskEnvironment(taskName: string, port: number): Promise<Record<string, string>> {
    const { environment, mounts } = this.#options.container;
    const folders = mounts.map(({ volume, containerPath }) => ({
      containerPath,
      folder: join(this.#options.run.directory, 'tasks', taskName, volume),
    }));
    await Promise.all(folders.map(({ folder }) => mkdir(folder, { recursive: true })));
    const rewritten = Object.entries(environment).map(([name, value]) => {
      const mount = folders.find(
        ({ containerPath }) => value === containerPath || value.startsWith(`${containerPath}/`),
      );
      return [name, mount ? mount.folder + value.slice(mount.containerPath.length) : value];
    });
    return { ...Object.fromEntries(rewritten), PORT: String(port), HOST: '127.0.0.1' };
  }
}
