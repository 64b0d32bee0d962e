import type { Budget } from './budgets.ts';
import type { Pool } from './pool.ts';

/** Aborts work that has to leave the fast lane. */
const tooSlow = new Error('The work takes longer than the fast lane allows.');

/**
 * Two lanes, so that slow work does not delay fast work. How long work takes is not known in advance, so all of it begins in the fast lane.
 *
 * Work that exceeds the threshold moves to the slow lane. If that has a free item, the lanes exchange items: the work continues with its own, and the
 * fast lane gets the free one. Otherwise the work is aborted, and starts again when the slow lane has an item for it.
 */
export class Lanes<T> {
  readonly #fast: Pool<T>;
  readonly #slow: Pool<T>;
  readonly #threshold: number;

  /** @param threshold milliseconds that work may spend in the fast lane */
  constructor(fast: Pool<T>, slow: Pool<T>, threshold: number) {
    this.#fast = fast;
    this.#slow = slow;
    this.#threshold = threshold;
  }

  /**
   * Does work with an item of one of the lanes.
   * @param work has to stop, with the signal's reason, when its signal aborts; it may be started twice
   * @throws as `Pool.use`
   */
  async use<R>(work: (item: T, signal: AbortSignal) => Promise<R>, signal: AbortSignal, budget?: Budget): Promise<R> {
    const item = await this.#fast.acquire(signal, budget);
    const stop = new AbortController();
    let lane = this.#fast;
    const timer = setTimeout(() => {
      const other = this.#slow.tryAcquire();
      if (other === undefined) return stop.abort(tooSlow);
      lane = this.#slow;
      this.#fast.release(other);
    }, this.#threshold);
    try {
      return await work(item, AbortSignal.any([signal, stop.signal]));
    } catch (error) {
      if (error !== tooSlow) throw error;
    } finally {
      clearTimeout(timer);
      lane.release(item);
    }
    return this.#slow.use(work, signal, budget);
  }
}
