/** Budgets of processor time, so that one caller's load does not delay the others. */
import { availableParallelism } from 'node:os';
import { LRUCache } from 'lru-cache';
import { OverBudget } from './errors.ts';

/** Seconds in which a budget that was used up is full again. */
export const budgetWindow = 20;

/** A quarter of the processors. */
const defaultQuota = (budgetWindow / 4) * availableParallelism();

/** Callers that are remembered. One that is forgotten starts with a full budget. */
const maxCallers = 10_000;

/** What a caller may use. It falls below 0 if work takes longer than what is left, and rises steadily up to the quota. */
export interface Budget {
  /** Milliseconds of processor time at a moment of `performance.now()`. */
  remaining(now?: number): number;
  /**
   * Milliseconds of processor time that were used lately: those of 20 s ago count a third. Orders callers who wait. What remains does not: on a busy machine,
   * a budget can rise faster than the caller gets processor time, so that it stays full.
   */
  used(now?: number): number;
  charge(milliseconds: number): void;
}

/** The budgets of all callers, which have the same quota. */
export class Budgets {
  /** Seconds of processor time that a caller may use in `budgetWindow`. */
  readonly quota: number;
  readonly #callers = new LRUCache<string, Budget>({ max: maxCallers });

  /** @param quota seconds of processor time; by default those of a quarter of the processors */
  constructor(quota: number = defaultQuota) {
    this.quota = quota;
  }

  /** @param caller identifies it, such as its address */
  of(caller: string): Budget {
    const known = this.#callers.get(caller);
    if (known) return known;
    const budget = new CallerBudget(this.quota * 1000);
    this.#callers.set(caller, budget);
    return budget;
  }
}

class CallerBudget implements Budget {
  readonly #quota: number;
  #remaining: number;
  #used = 0;
  #at = performance.now();

  constructor(quota: number) {
    this.#quota = quota;
    this.#remaining = quota;
  }

  remaining(now = performance.now()): number {
    this.#pass(now);
    return this.#remaining;
  }

  used(now = performance.now()): number {
    this.#pass(now);
    return this.#used;
  }

  charge(milliseconds: number): void {
    this.#pass(performance.now());
    this.#remaining -= milliseconds;
    this.#used += milliseconds;
  }

  #pass(now: number): void {
    const windows = (now - this.#at) / (budgetWindow * 1000);
    this.#remaining = Math.min(this.#quota, this.#remaining + windows * this.#quota);
    this.#used *= Math.exp(-windows);
    this.#at = now;
  }
}

/** The budget of callers that share a computation: the one who has used the least pays. */
export class JointBudget implements Budget {
  readonly #members: Set<Budget>;

  constructor(first: Budget) {
    this.#members = new Set([first]);
  }

  join(budget: Budget): void {
    this.#members.add(budget);
  }

  remaining(now = performance.now()): number {
    return Math.max(...[...this.#members].map((budget) => budget.remaining(now)));
  }

  used(now = performance.now()): number {
    return Math.min(...[...this.#members].map((budget) => budget.used(now)));
  }

  charge(milliseconds: number): void {
    const now = performance.now();
    const [least] = [...this.#members].sort((a, b) => a.used(now) - b.used(now));
    least?.charge(milliseconds);
  }
}

/** The budget of work that the service does for itself. */
export const unlimited: Budget = { remaining: () => Number.POSITIVE_INFINITY, used: () => 0, charge() {} };

/**
 * Charges the processor time of this process to the work that uses it. This thread's time is charged to the work that runs in it, and the time of the other
 * threads, which run statements, in equal parts to the work that awaits them. So work that only waits, while other work keeps this thread busy, pays nothing.
 */
export class ProcessorTime {
  readonly #quota: number;
  readonly #thisThread = new SharedTime(() => milliseconds(process.threadCpuUsage()));
  readonly #otherThreads = new SharedTime(
    () => milliseconds(process.cpuUsage()) - milliseconds(process.threadCpuUsage()),
  );

  /** @param quota of all budgets, in seconds: states when a refused caller may try again */
  constructor(quota: number = defaultQuota) {
    this.#quota = quota;
  }

  /**
   * Does work in any threads at the expense of a budget.
   * @throws OverBudget before the work begins, if nothing is left
   */
  async spend<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
    this.assertLeft(budget);
    return this.#thisThread.during(budget, () => this.#otherThreads.during(budget, work));
  }

  /**
   * Does work in this thread at the expense of a budget. It is charged more exactly than by `spend`.
   * @param work awaits other threads only through the meter
   * @throws OverBudget before the work begins, if nothing is left
   */
  async meter<T>(budget: Budget, work: (meter: Meter) => Promise<T>): Promise<T> {
    this.assertLeft(budget);
    const meter = new Meter(budget, this.#thisThread, this.#otherThreads);
    return this.#thisThread.during(budget, () => work(meter));
  }

  /** @throws OverBudget if nothing is left */
  assertLeft(budget: Budget): void {
    this.#thisThread.charge();
    this.#otherThreads.charge();
    const remaining = budget.remaining();
    if (remaining > 0) return;
    const secondsPerMillisecond = budgetWindow / (this.#quota * 1000);
    throw new OverBudget(this.#quota, budgetWindow, Math.ceil(-remaining * secondsPerMillisecond) + 1);
  }
}

/** Charges work that alternates between this thread and others. */
export class Meter {
  readonly #budget: Budget;
  readonly #thisThread: SharedTime;
  readonly #otherThreads: SharedTime;

  constructor(budget: Budget, thisThread: SharedTime, otherThreads: SharedTime) {
    this.#budget = budget;
    this.#thisThread = thisThread;
    this.#otherThreads = otherThreads;
  }

  /** Awaits work of other threads. */
  elsewhere<T>(work: () => Promise<T>): Promise<T> {
    return this.#thisThread.except(this.#budget, () => this.#otherThreads.during(this.#budget, work));
  }

  /** Awaits what is no work of this caller. */
  idle<T>(wait: () => Promise<T>): Promise<T> {
    return this.#thisThread.except(this.#budget, wait);
  }
}

/** Processor time of threads, which is charged in equal parts to the budgets that are using them. */
class SharedTime {
  readonly #using: Budget[] = [];
  readonly #used: () => number;
  #charged: number;

  /** @param used milliseconds that the threads have used so far */
  constructor(used: () => number) {
    this.#used = used;
    this.#charged = used();
  }

  async during<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
    this.#enter(budget);
    try {
      return await work();
    } finally {
      this.#leave(budget);
    }
  }

  /** Waits, within the work of `during`. */
  async except<T>(budget: Budget, wait: () => Promise<T>): Promise<T> {
    this.#leave(budget);
    try {
      return await wait();
    } finally {
      this.#enter(budget);
    }
  }

  /** Charges the time since the last call. */
  charge(): void {
    const now = this.#used();
    const share = Math.max(0, now - this.#charged) / this.#using.length;
    this.#charged = now;
    for (const budget of this.#using) budget.charge(share);
  }

  #enter(budget: Budget): void {
    this.charge();
    this.#using.push(budget);
  }

  #leave(budget: Budget): void {
    this.charge();
    this.#using.splice(this.#using.indexOf(budget), 1);
  }
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}
