import { type Budget, compareBudgets, unlimited } from './budgets.ts';
import type { Pool } from './pool.ts';

/** Aborts work that has to leave the fast lane. */
const tooSlow = new Error('The work takes longer than the fast lane allows.');

/** Work in the fast lane that exceeds the threshold. */
interface Late {
  budget: Budget;
  stop: AbortController;
}

/**
 * Two lanes, so that slow work does not delay fast work. How long work takes is not known in advance, so all of it begins in the fast lane.
 *
 * Work that exceeds the threshold moves to the slow lane. If that has a free item, the lanes exchange items: the work continues with its own, and the
 * fast lane gets the free one. Otherwise the work stays until a caller waits for the fast lane who has at least as much left of the budget. Then it is
 * aborted, and starts again when the slow lane has an item for it. So on a busy machine, where quick work takes long too, that of a caller who uses
 * little is not aborted for those who use much.
 */
export class Lanes<T> {
  readonly #fast: Pool<T>;
  readonly #slow: Pool<T>;
  readonly #threshold: number;
  readonly #late = new Set<Late>();

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
  async use<R>(
    work: (item: T, signal: AbortSignal) => Promise<R>,
    signal: AbortSignal,
    budget: Budget = unlimited,
  ): Promise<R> {
    const acquired = this.#fast.acquire(signal, budget);
    this.#abortLate();
    const item = await acquired;
    const late: Late = { budget, stop: new AbortController() };
    let lane = this.#fast;
    const timer = setTimeout(() => {
      const other = this.#slow.tryAcquire();
      if (other === undefined) {
        this.#late.add(late);
        return this.#abortLate();
      }
      lane = this.#slow;
      this.#fast.release(other);
    }, this.#threshold);
    try {
      return await work(item, AbortSignal.any([signal, late.stop.signal]));
    } catch (error) {
      if (error !== tooSlow) throw error;
    } finally {
      clearTimeout(timer);
      this.#late.delete(late);
      lane.release(item);
    }
    return this.#slow.use(work, signal, budget);
  }

  /** Aborts the late work of the caller with the least left, for a waiting one with at least as much. */
  #abortLate(): void {
    const now = performance.now();
    const waiting = this.#fast.nextBudget(now);
    const [poorest] = [...this.#late].sort((a, b) => compareBudgets(a.budget, b.budget, now));
    if (!waiting || !poorest || compareBudgets(poorest.budget, waiting, now) > 0) return;
    this.#late.delete(poorest);
    poorest.stop.abort(tooSlow);
  }
}
