/** An ECS service: a number of tasks, which are replaced one by one when their settings change. */
import { isDeepStrictEqual } from 'node:util';
import type { Balancer } from './balancer.ts';
import type { Logs } from './logs.ts';
import type { Run } from './run.ts';
import { type ContainerProcess, Slot, type Task, type TaskSettings } from './task.ts';

export interface ServiceSettings {
  tasks: TaskSettings;
  count: number;
  /** While tasks are replaced: the minimum of healthy tasks, as a share of the count, rounded up. */
  minimumHealthyPercent: number;
  /** While tasks are replaced: the maximum of tasks, as a share of the count, rounded down. */
  maximumPercent: number;
}

export interface ServiceOptions {
  run: Run;
  logs: Logs;
  balancer: Balancer;
}

/** A deployment fails after this number of tasks that never became healthy, as in ECS: half of the count, but at least 3. */
const maxFailures = (count: number) => Math.max(3, Math.ceil(count / 2));
/** When the system stops, a task has this time to finish its requests, and this time after SIGTERM. */
const stopLimits = { drainMs: 1500, endMs: 4000 };

export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  readonly #slots = new Set<Slot>();
  /** Slots to replace although their settings have not changed. */
  readonly #outdated = new WeakSet<Slot>();
  #settings: ServiceSettings;
  #deployment = Promise.withResolvers<void>();
  /** Tasks of this deployment that never became healthy. */
  #failures = 0;
  #stopping = false;

  constructor(settings: ServiceSettings, options: ServiceOptions) {
    this.name = settings.tasks.container.name;
    this.#settings = settings;
    this.#options = options;
    void this.#deploy(settings).catch(() => {}); // `stable` reports it
  }

  /** Resolves when every task is healthy and has the current settings; rejects if the deployment fails. */
  get stable(): Promise<void> {
    return this.#deployment.promise;
  }

  get container(): ContainerProcess {
    return this.#settings.tasks.container;
  }

  get count(): number {
    return this.#settings.count;
  }

  get tasks(): Task[] {
    return [...this.#slots].flatMap(({ task }) => task ?? []);
  }

  /** Increases the number of tasks to `count`, if it is lower. */
  scaleUpTo(count: number): void {
    this.#settings = { ...this.#settings, count: Math.max(count, this.#settings.count) };
    this.#reconcile();
  }

  /**
   * Replaces the tasks whose settings have changed: new ones start; when they are healthy, the former ones get no more requests, finish those
   * that they have, and are ended.
   * @throws if the new tasks do not become healthy. The former settings are in use again then.
   */
  async update(settings: ServiceSettings): Promise<void> {
    const former = this.#settings;
    try {
      await this.#deploy(settings);
    } catch (error) {
      if (this.#stopping) throw error;
      this.#options.logs.source('local').warn(`${this.name} returns to its former tasks`);
      await this.#deploy(former);
      throw error;
    }
  }

  /**
   * Replaces every task by a new one with the same settings, as `update` does.
   * @throws if the new tasks do not become healthy. The former ones stay until the next update or redeployment.
   */
  redeploy(): Promise<void> {
    for (const slot of this.#slots) this.#outdated.add(slot);
    return this.#deploy(this.#settings);
  }

  /** Stops every task after it has finished its requests, within 5.5 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#deployment.reject(new Error(`${this.name} was stopped.`));
    await Promise.all([...this.#slots].map((slot) => slot.stop(stopLimits)));
  }

  /** Kills every task at once. */
  kill(): void {
    this.#stopping = true;
    for (const slot of this.#slots) slot.kill();
  }

  #deploy(settings: ServiceSettings): Promise<void> {
    this.#settings = settings;
    this.#failures = 0;
    this.#deployment = Promise.withResolvers();
    this.#reconcile();
    return this.#deployment.promise;
  }

  /** Starts and stops the tasks that can be started and stopped now. Called again when a task becomes healthy or ends. */
  #reconcile(): void {
    if (this.#stopping) return;
    const { tasks, count, minimumHealthyPercent, maximumPercent } = this.#settings;
    const slots = [...this.#slots].filter((slot) => !slot.isStopping);
    const isCurrent = (slot: Slot) => this.#isCurrent(slot);
    const current = slots.filter(isCurrent);
    const surplus = [...slots.filter((slot) => !isCurrent(slot)), ...current.slice(count)];

    const maxTasks = Math.floor((count * maximumPercent) / 100);
    for (let total = slots.length; total < maxTasks && current.length < count; total++)
      current.push(this.#start(tasks));
    let spare = slots.filter(({ isHealthy }) => isHealthy).length - Math.ceil((count * minimumHealthyPercent) / 100);
    for (const slot of surplus) {
      if (slot.isHealthy && spare-- <= 0) continue;
      void slot.stop().then(() => {
        this.#slots.delete(slot);
        this.#reconcile();
      });
    }
    if (this.#slots.size === count && current.length === count && current.every(({ isHealthy }) => isHealthy)) {
      this.#deployment.resolve();
    }
  }

  /** Whether its task belongs to the current deployment. */
  #isCurrent(slot: Slot): boolean {
    return !this.#outdated.has(slot) && isDeepStrictEqual(slot.settings, this.#settings.tasks);
  }

  #start(settings: TaskSettings): Slot {
    const { run, logs, balancer } = this.#options;
    const taken = [...this.#slots].map(({ number }) => number);
    let number = 1;
    while (taken.includes(number)) number++;
    const slot: Slot = new Slot({
      number,
      settings,
      run,
      logs,
      balancer,
      onChange: () => this.#reconcile(),
      onFailure: (ending) => {
        if (this.#isCurrent(slot)) this.#failed(ending);
      },
    });
    this.#slots.add(slot);
    return slot;
  }

  #failed(ending: string): void {
    this.#failures++;
    if (this.#failures >= maxFailures(this.#settings.count)) {
      this.#deployment.reject(new Error(`${this.name} does not start: ${ending}`));
    }
  }
}
