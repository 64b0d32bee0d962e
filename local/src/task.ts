/** Tasks of an ECS service as processes: started, registered with the load balancer, and replaced when they die. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Balancer } from './balancer.ts';
import { Child, describeExit } from './child.ts';
import { type Logs, summarizeLine } from './logs.ts';
import { freePort } from './ports.ts';
import type { Run } from './run.ts';

/** One container of a task definition, as a process of this machine. */
export interface ContainerProcess {
  name: string;
  command: string;
  arguments: string[];
  workingDirectory: string;
  environment: Record<string, string>;
  /** The volumes and their paths in the container. */
  mounts: { volume: string; containerPath: string }[];
  /** From SIGTERM to SIGKILL. */
  stopTimeoutSeconds: number;
}

/** What the tasks of a service run, and where they are registered. */
export interface TaskSettings {
  container: ContainerProcess;
  targetGroupArns: string[];
  /** The time that a new task may take until it passes a health check. */
  startTimeoutSeconds: number;
}

/** The state of a task. */
export interface Task {
  /** Such as `analytical-1`. Its replacement has the same name. */
  name: string;
  pid: number | undefined;
  /** Its own address, without the load balancer. */
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
  /** Called when a task has ended that was never healthy. */
  onFailure: (ending: string) => void;
}

/** A task that ends within this time has crashed at its start; its replacement is delayed. */
const shortLifeMs = 10_000;

/** Keeps one task of a service running until the slot is stopped. */
export class Slot {
  readonly number: number;
  readonly settings: TaskSettings;
  readonly #options: SlotOptions;
  /** Settles when the slot is stopped and its task has ended. */
  readonly #ended: Promise<void>;
  readonly #stopping = new AbortController();
  #running: { task: Task; child: Child; deregister: () => Promise<unknown> } | undefined;
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

  /** Whether its task has passed a health check, and has not failed too many since. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * Deregisters the task, lets it finish its requests, and ends it. May be called again with lower limits.
   * @param limits of the deregistration delay, and of the time from SIGTERM to SIGKILL.
   */
  async stop(limits?: { drainMs: number; endMs: number }): Promise<void> {
    this.#stopping.abort();
    if (this.#running) {
      const { child, deregister } = this.#running;
      const drained: Promise<unknown>[] = [deregister()];
      if (limits) drained.push(delay(limits.drainMs, undefined, { ref: false }));
      await Promise.race(drained);
      await child.stop(Math.min(this.settings.container.stopTimeoutSeconds * 1000, limits?.endMs ?? Infinity));
    }
    await this.#ended;
  }

  /** Kills the task at once. */
  kill(): void {
    this.#stopping.abort();
    this.#running?.child.kill('SIGKILL');
  }

  #setHealthy(isHealthy: boolean): void {
    this.#isHealthy = isHealthy;
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

  /** Runs one task until it ends; returns whether it ever was healthy, and how it ended. */
  async #runTask(): Promise<{ wasHealthy: boolean; ending: string }> {
    const { run, logs, balancer } = this.#options;
    const { container, targetGroupArns, startTimeoutSeconds } = this.settings;
    const { name } = this;
    const port = await freePort();
    const environment = await this.#environment(port);
    if (this.isStopping) return { wasHealthy: false, ending: 'was not started' };
    const child = new Child(run, { ...container, environment, log: logs.source(name) });
    const address = { host: '127.0.0.1', port };
    const deregister = () => Promise.all(targetGroupArns.map((arn) => balancer.deregister(arn, address)));
    this.#running = { child, deregister, task: { name, pid: child.pid, url: `http://127.0.0.1:${port}` } };

    let wasHealthy = false;
    let ending: string | undefined;
    const startTimer = setTimeout(() => {
      ending = `passed no health check in ${startTimeoutSeconds} s`;
      child.kill('SIGKILL');
    }, startTimeoutSeconds * 1000);
    const onUnhealthy = () => {
      ending = 'failed its health checks';
      this.#setHealthy(false);
      void child.stop(container.stopTimeoutSeconds * 1000);
    };
    const registered = targetGroupArns.map((arn) => balancer.register(arn, address, { name, onUnhealthy }));
    Promise.all(registered).then(
      (results) => {
        if (results.some((result) => result !== 'healthy')) return;
        wasHealthy = true;
        clearTimeout(startTimer);
        this.#setHealthy(true);
      },
      () => {}, // the load balancer did not open; the start fails with its error
    );

    try {
      const exit = await child.exited;
      // Before waiting for the output, so that the dead task gets no more requests.
      void deregister();
      await child.closed;
      const lastOutput = child.lastLines.slice(-3).map(summarizeLine).join(' | ');
      ending ??= wasHealthy || lastOutput === '' ? describeExit(exit) : `${describeExit(exit)}: ${lastOutput}`;
    } catch (error) {
      ending = `could not be started: ${(error as Error).message}`;
    }
    clearTimeout(startTimer);
    void deregister(); // also a task that could not be started
    this.#running = undefined;
    this.#setHealthy(false);
    return { wasHealthy, ending };
  }

  /** The template's environment, with the port and the volumes' folders of this task. */
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
