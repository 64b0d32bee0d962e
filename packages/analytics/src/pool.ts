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

  /**
   * @param signal gives up waiting; what has begun is for `work` to stop
   * @throws Overloaded when too many wait already, and the signal's reason
   */
  async use<R>(work: (item: T, signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R> {
    const item = await this.take(signal);
    try {
      return await work(item, signal);
    } finally {
      this.give(item);
    }
  }

  /** What is taken has to be given back. @throws as `use` */
  async take(signal: AbortSignal): Promise<T> {
    return this.#free.pop() ?? this.#wait(signal);
  }

  /** undefined if there is nothing to be had at once. */
  takeNow(): T | undefined {
    return this.#free.pop();
  }

  give(item: T): void {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#free.push(item);
  }

  #wait(signal: AbortSignal): Promise<T> {
    if (this.#waiting.length >= this.#maxWaiting) throw new Overloaded();
    return new Promise((resolve, reject) => {
      const turn = (item: T) => {
        signal.removeEventListener('abort', leave);
        resolve(item);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave);
      this.#waiting.push(turn);
    });
  }
}
