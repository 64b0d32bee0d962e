/** An ECS service: as many tasks as it is to have, replaced one by one when they are to run something else. */
import { isDeepStrictEqual } from 'node:util';
import type { Balancer } from './balancer.ts';
import type { Logs } from './logs.ts';
import type { Run } from './run.ts';
import { type ContainerProcess, Slot, type Task, type TaskSettings } from './task.ts';

/** What a service is to be. */
export interface ServiceSettings {
  tasks: TaskSettings;
  count: number;
  /** Of the count: so many healthy tasks there are at least while they are replaced, rounded up, and at most so many tasks, rounded down. */
  minimumHealthyPercent: number;
  maximumPercent: number;
}

export interface ServiceOptions {
  run: Run;
  logs: Logs;
  balancer: Balancer;
}

/** After so many tasks that never became healthy, a deployment has failed: ECS takes half of the count, but 3 at least. */
const failuresThatFailADeployment = (count: number) => Math.max(3, Math.ceil(count / 2));
/** When everything stops, a task may finish its requests this long, then it is asked to end and given this long again. */
const hurried = { drainMs: 1500, endMs: 4000 };

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
    void this.#deploy(settings).catch(() => {}); // told to whoever waits until it is stable
  }

  /** Settles when every task is healthy and as it is to be, or it is clear that they won't. */
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

  /** Has at least so many tasks run. */
  scaleUpTo(count: number): void {
    this.#settings = { ...this.#settings, count: Math.max(count, this.#settings.count) };
    this.#reconcile();
  }

  /**
   * Replaces the tasks that are not as they are to be, in turn: new ones start, and once they are healthy old ones get no more requests,
   * finish those that they have, and are ended.
   * @throws when the new tasks don't become healthy, after going back to what was before.
   */
  async update(settings: ServiceSettings): Promise<void> {
    const former = this.#settings;
    try {
      await this.#deploy(settings);
    } catch (error) {
      if (this.#stopping) throw error;
      this.#options.logs.source('local').warn(`${this.name} goes back to its former tasks`);
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

  /** Lets every task finish what it has, then ends it; within 5.5 s, or at once in a hurry. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#deployment.reject(new Error(`${this.name} was stopped.`));
    await Promise.all([...this.#slots].map((slot) => slot.stop(hurried)));
  }

  /** Ends every task without waiting for anything. */
  hurry(): void {
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

  /** Does what can be done now towards the settings; what is left waits for a task to become healthy, or to end. */
  #reconcile(): void {
    if (this.#stopping) return;
    const { tasks, count, minimumHealthyPercent, maximumPercent } = this.#settings;
    const slots = [...this.#slots].filter((slot) => !slot.isStopping);
    const isCurrent = (slot: Slot) => this.#isCurrent(slot);
    const current = slots.filter(isCurrent);
    const surplus = [...slots.filter((slot) => !isCurrent(slot)), ...current.slice(count)];

    const most = Math.floor((count * maximumPercent) / 100);
    for (let total = slots.length; total < most && current.length < count; total++) current.push(this.#start(tasks));
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

  /** Whether its task is of the present deployment. */
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
    if (this.#failures >= failuresThatFailADeployment(this.#settings.count)) {
      this.#deployment.reject(new Error(`${this.name} does not start: ${ending}`));
    }
  }
}
