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
  #at = performance.now();

  constructor(quota: number) {
    this.#quota = quota;
    this.#remaining = quota;
  }

  remaining(now = performance.now()): number {
    const gained = ((now - this.#at) / (budgetWindow * 1000)) * this.#quota;
    this.#remaining = Math.min(this.#quota, this.#remaining + gained);
    this.#at = now;
    return this.#remaining;
  }

  charge(milliseconds: number): void {
    this.#remaining = this.remaining() - milliseconds;
  }
}

/** The budget of callers that share a computation: the one with the most left pays. */
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

  charge(milliseconds: number): void {
    const now = performance.now();
    const [richest] = [...this.#members].sort((a, b) => compareBudgets(b, a, now));
    richest?.charge(milliseconds);
  }
}

/** The budget of work that the service does for itself. */
export const unlimited: Budget = { remaining: () => Number.POSITIVE_INFINITY, charge() {} };

/** Orders budgets, the least left first. */
export function compareBudgets(a: Budget, b: Budget, now: number): number {
  const [left, right] = [a.remaining(now), b.remaining(now)];
  // Not their difference, which is no number if both are unlimited.
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Splits the processor time of this process, with all its threads, equally among the work that runs. */
export class ProcessorTime {
  readonly #running = new Map<symbol, Budget>();
  readonly #quota: number;
  #charged = used();

  /** @param quota of all budgets, in seconds: states when a refused caller may try again */
  constructor(quota: number = defaultQuota) {
    this.#quota = quota;
  }

  /**
   * Does work at the expense of a budget.
   * @throws OverBudget before the work begins, if nothing is left
   */
  async spend<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
    this.assertLeft(budget);
    const id = Symbol();
    this.#running.set(id, budget);
    try {
      return await work();
    } finally {
      this.#charge();
      this.#running.delete(id);
    }
  }

  /** @throws OverBudget if nothing is left */
  assertLeft(budget: Budget): void {
    this.#charge();
    const remaining = budget.remaining();
    if (remaining > 0) return;
    const secondsPerMillisecond = budgetWindow / (this.#quota * 1000);
    throw new OverBudget(this.#quota, budgetWindow, Math.ceil(-remaining * secondsPerMillisecond) + 1);
  }

  /** Charges the time since the last call to the work that has been running since. */
  #charge(): void {
    const now = used();
    const share = (now - this.#charged) / this.#running.size;
    this.#charged = now;
    for (const budget of this.#running.values()) budget.charge(share);
  }
}

/** Milliseconds of processor time that this process has used. */
function used(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
