import type { Pool } from './pool.ts';

/** Why work is stopped that has to wait for its turn among the slow. */
const outrun = new Error('The work takes longer than the quick lane allows.');

/**
 * Two lanes, so that slow work keeps no quick work waiting. All work begins in the quick lane. What takes longer than a while goes on in the slow
 * lane if there is room, and the quick lane gets a thing from there instead; otherwise it is stopped, and begins again when its turn in the slow
 * lane comes. How long work takes is known to nobody beforehand.
 */
export class Lanes<T> {
  readonly #quick: Pool<T>;
  readonly #slow: Pool<T>;
  readonly #patience: number;

  /** @param patience how long work may stay in the quick lane, in milliseconds */
  constructor(quick: Pool<T>, slow: Pool<T>, patience: number) {
    this.#quick = quick;
    this.#slow = slow;
    this.#patience = patience;
  }

  /**
   * @param work stops when its signal says so, with the signal's reason; it may be begun twice
   * @throws as `Pool.use`
   */
  async use<R>(work: (item: T, signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R> {
    const item = await this.#quick.take(signal);
    const stop = new AbortController();
    let lane = this.#quick;
    const timer = setTimeout(() => {
      const other = this.#slow.takeNow();
      if (other === undefined) return stop.abort(outrun);
      lane = this.#slow;
      this.#quick.give(other);
    }, this.#patience);
    try {
      return await work(item, AbortSignal.any([signal, stop.signal]));
    } catch (error) {
      if (error !== outrun) throw error;
    } finally {
      clearTimeout(timer);
      lane.give(item);
    }
    return this.#slow.use(work, signal);
  }
}
