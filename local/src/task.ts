/** One task of an ECS service after another, as processes: started, registered with the load balancer, replaced when they die. */
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

/** What a service has its tasks run, and where they are registered. */
export interface TaskSettings {
  container: ContainerProcess;
  targetGroupArns: string[];
  /** How long a new task may take until it passes a health check. */
  startTimeoutSeconds: number;
}

/** One task as it is now. */
export interface Task {
  /** Such as `analytical-1`; its replacement bears the same. */
  name: string;
  pid: number | undefined;
  /** Where it answers without the load balancer. */
  url: string;
}

export interface SlotOptions {
  number: number;
  settings: TaskSettings;
  run: Run;
  logs: Logs;
  balancer: Balancer;
  /** Called when `isHealthy` may have changed. */
  onChange: () => void;
  /** Called when a task has ended that never was healthy, with how it ended. */
  onFailure: (ending: string) => void;
}

/** A task that lived for less is taken to have crashed at its start, and its replacement waits a while. */
const shortLifeMs = 10_000;

/** The place of one task in a service: keeps one running there until it is stopped. */
export class Slot {
  readonly number: number;
  readonly settings: TaskSettings;
  readonly #options: SlotOptions;
  /** Settles when the slot is stopped and its task has ended. */
  readonly #ended: Promise<void>;
  readonly #stopping = new AbortController();
  #running: { task: Task; child: Child; leave: () => Promise<unknown> } | undefined;
  #isHealthy = false;

  constructor(options: SlotOptions) {
    this.number = options.number;
    this.settings = options.settings;
    this.#options = options;
    this.#ended = this.#keepRunning();
  }

  get name(): string {
    return `${this.settings.container.name}-${this.number}`;
  }

  get task(): Task | undefined {
    return this.#running?.task;
  }

  /** Whether its task has passed a health check, and not failed too many since. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * Has the task get no more requests, lets it finish what it has, and ends it. May be called again, with less patience.
   * @param patience limits the deregistration delay, and the time from SIGTERM to SIGKILL.
   */
  async stop(patience?: { drainMs: number; endMs: number }): Promise<void> {
    this.#stopping.abort();
    if (this.#running) {
      const { child, leave } = this.#running;
      const drained: Promise<unknown>[] = [leave()];
      if (patience) drained.push(delay(patience.drainMs, undefined, { ref: false }));
      await Promise.race(drained);
      await child.stop(Math.min(this.settings.container.stopTimeoutSeconds * 1000, patience?.endMs ?? Infinity));
    }
    await this.#ended;
  }

  /** Ends it without waiting for anything. */
  kill(): void {
    this.#stopping.abort();
    this.#running?.child.kill('SIGKILL');
  }

  #become(healthy: boolean): void {
    this.#isHealthy = healthy;
    this.#options.onChange();
  }

  /** Runs one task after another under the same number, until the slot is stopped. */
  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    const log = this.#options.logs.source('local');
    for (let failures = 0; !signal.aborted; ) {
      const started = Date.now();
      const { wasHealthy, ending } = await this.#runTask();
      if (signal.aborted) return;
      failures = wasHealthy ? 0 : failures + 1;
      const waitMs = Date.now() - started < shortLifeMs ? Math.min(100 * 2 ** failures, 10_000) : 0;
      log.warn(`${this.name} ${ending}; starting another${waitMs ? ` in ${waitMs / 1000} s` : ''}`);
      if (!wasHealthy) this.#options.onFailure(ending);
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Runs one task until it ends; tells whether it ever was healthy, and how it ended. */
  async #runTask(): Promise<{ wasHealthy: boolean; ending: string }> {
    const { run, logs, balancer } = this.#options;
    const { container, targetGroupArns, startTimeoutSeconds } = this.settings;
    const { name } = this;
    const port = await freePort();
    const environment = await this.#environment(port);
    if (this.isStopping) return { wasHealthy: false, ending: 'was not started' };
    const child = new Child(run, { ...container, environment, log: logs.source(name) });
    const address = { host: '127.0.0.1', port };
    const leave = () => Promise.all(targetGroupArns.map((arn) => balancer.deregister(arn, address)));
    this.#running = { child, leave, task: { name, pid: child.pid, url: `http://127.0.0.1:${port}` } };

    let wasHealthy = false;
    let ending: string | undefined;
    const startTimer = setTimeout(() => {
      ending = `passed no health check in ${startTimeoutSeconds} s`;
      child.kill('SIGKILL');
    }, startTimeoutSeconds * 1000);
    const onUnhealthy = () => {
      ending = 'failed its health checks';
      this.#become(false);
      void child.stop(container.stopTimeoutSeconds * 1000);
    };
    const registered = targetGroupArns.map((arn) => balancer.register(arn, address, { name, onUnhealthy }));
    Promise.all(registered).then(
      (results) => {
        if (results.some((result) => result !== 'healthy')) return;
        wasHealthy = true;
        clearTimeout(startTimer);
        this.#become(true);
      },
      () => {}, // the load balancer didn't open, and the whole start fails with its error
    );

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
    void leave(); // one that could not be started, too
    this.#running = undefined;
    this.#become(false);
    return { wasHealthy, ending };
  }

  /** The template's environment, with the port and the volumes' folders of this task in it. */
  async #environment(port: number): Promise<Record<string, string>> {
    const { environment, mounts } = this.settings.container;
    const folders = mounts.map(({ volume, containerPath }) => ({
      containerPath,
      folder: join(this.#options.run.directory, 'tasks', this.name, volume),
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
