import { Overloaded } from './errors.ts';

/** Lends a fixed number of things, in order of asking, to at most `maxWaiting` that wait. */
export class Pool<T> {
  readonly #free: T[];
  readonly #waiting: ((item: T) => void)[] = [];
  readonly #maxWaiting: number;

  constructor(items: readonly T[], maxWaiting: number) {
    this.#free = [...items];
    this.#maxWaiting = maxWaiting;
  }

  /** @throws Overloaded when too many wait already */
  async use<R>(work: (item: T) => Promise<R>): Promise<R> {
    const item = this.#free.pop() ?? (await this.#wait());
    try {
      return await work(item);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(item);
      else this.#free.push(item);
    }
  }

  #wait(): Promise<T> {
    if (this.#waiting.length >= this.#maxWaiting) throw new Overloaded();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
