import { Overloaded } from './errors.ts';

/** A fixed number of items, each used by one caller at a time. Callers wait in the order of their calls, up to `maxWaiting` of them. */
export class Pool<T> {
  readonly #free: T[];
  readonly #waiting: ((item: T) => void)[] = [];
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
  async use<R>(work: (item: T, signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R> {
    const item = await this.acquire(signal);
    try {
      return await work(item, signal);
    } finally {
      this.release(item);
    }
  }

  /** Every acquired item has to be released. @throws as `use` */
  async acquire(signal: AbortSignal): Promise<T> {
    return this.#free.pop() ?? this.#wait(signal);
  }

  /** Returns undefined if no item is free. */
  tryAcquire(): T | undefined {
    return this.#free.pop();
  }

  release(item: T): void {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#free.push(item);
  }

  #wait(signal: AbortSignal): Promise<T> {
    if (this.#waiting.length >= this.#maxWaiting) throw new Overloaded();
    return new Promise((resolve, reject) => {
      const receive = (item: T) => {
        signal.removeEventListener('abort', leave);
        resolve(item);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(receive), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave);
      this.#waiting.push(receive);
    });
  }
}
