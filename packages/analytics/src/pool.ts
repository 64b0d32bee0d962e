import { type Budget, unlimited } from './budgets.ts';
import { Overloaded } from './errors.ts';

interface Waiting<T> {
  budget: Budget;
  receive(item: T): void;
  refuse(error: unknown): void;
}

/**
 * A fixed number of items, each used by one caller at a time. Up to `maxWaiting` calls wait. The caller who has used the least gets the next item, so that one who calls often does not delay the others; the calls of one caller keep their order.
 */
export class Pool<T> {
  readonly #free: T[];
  readonly #waiting: Waiting<T>[] = [];
  readonly #maxWaiting: number;

  constructor(items: readonly T[], maxWaiting: number) {
    this.#free = [...items];
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Does work with an item.
   * @param signal ends the wait for an item; `work` has to observe it too
   * @throws Overloaded if too many callers are waiting, and the signal's reason
   */
  async use<R>(work: (item: T, signal: AbortSignal) => Promise<R>, signal: AbortSignal, budget?: Budget): Promise<R> {
    const item = await this.acquire(signal, budget);
    try {
      return await work(item, signal);
    } finally {
      this.release(item);
    }
  }

  /** Every acquired item has to be released. @throws as `use` */
  async acquire(signal: AbortSignal, budget?: Budget): Promise<T> {
    return this.#free.pop() ?? this.#wait(signal, budget);
  }

  /** Returns undefined if no item is free. */
  tryAcquire(): T | undefined {
    return this.#free.pop();
  }

  /** The budget of the caller who gets the next item; undefined if none waits. */
  nextBudget(now: number): Budget | undefined {
    return this.#leastUsedFirst(now)[0]?.budget;
  }

  release(item: T): void {
    const [next] = this.#leastUsedFirst();
    if (next) next.receive(item);
    else this.#free.push(item);
  }

  #wait(signal: AbortSignal, budget = unlimited): Promise<T> {
    if (this.#waiting.length >= this.#maxWaiting) this.#makeRoom(budget);
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal.removeEventListener('abort', cancel);
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      };
      const waiting: Waiting<T> = {
        budget,
        receive: (item) => {
          leave();
          resolve(item);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const cancel = () => waiting.refuse(signal.reason);
      signal.addEventListener('abort', cancel);
      this.#waiting.push(waiting);
    });
  }

  /** Refuses the latest call of the caller who has used the most, if that is more than `budget`. @throws Overloaded otherwise */
  #makeRoom(budget: Budget): void {
    const now = performance.now();
    const last = this.#leastUsedFirst(now).at(-1);
    if (!last || last.budget.used(now) <= budget.used(now)) throw new Overloaded();
    last.refuse(new Overloaded());
  }

  /** The calls of one caller keep their order. */
  #leastUsedFirst(now = performance.now()): Waiting<T>[] {
    return this.#waiting.toSorted((a, b) => a.budget.used(now) - b.budget.used(now));
  }
}
