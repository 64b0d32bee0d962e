import { type Budget, unlimited } from './budgets.ts';
import type { Pool } from './pool.ts';

/** Aborts work that has to leave the fast lane. */
const leave = new Error('The work has to leave the fast lane.');

/** Milliseconds of processor time. A caller who has used so much less than another does not wait for the other's work, however short that is. */
const muchLess = 1_000;

interface Running<T> {
  lane: Pool<T>;
  item: T;
  budget: Budget;
  /** Whether it exceeds the threshold in the fast lane. */
  isLate: boolean;
  stop: AbortController;
}

/**
 * Two lanes, so that slow work does not delay fast work. How long work takes is not known in advance, so all of it begins in the fast lane.
 *
 * Work that exceeds the threshold moves to the slow lane. If that has a free item, the lanes exchange items: the work continues with its own, and the
 * fast lane gets the free one. Otherwise the work stays until a caller waits for the fast lane who has not used more. Then it is aborted, and starts again when
 * the slow lane has an item for it. So on a busy machine, where quick work takes long too, that of a caller who uses little is not aborted for those who use
 * much.
 *
 * For a caller who has used much less, work is aborted at once, in either lane. It starts again in the slow lane.
 */
export class Lanes<T> {
  readonly #fast: Pool<T>;
  readonly #slow: Pool<T>;
  readonly #threshold: number;
  readonly #running = new Set<Running<T>>();

  /** @param threshold milliseconds that work may spend in the fast lane */
  constructor(fast: Pool<T>, slow: Pool<T>, threshold: number) {
    this.#fast = fast;
    this.#slow = slow;
    this.#threshold = threshold;
  }

  /**
   * Does work with an item of one of the lanes.
   * @param work has to stop, with the signal's reason, when its signal aborts; it may be started again
   * @throws as `Pool.use`
   */
  async use<R>(
    work: (item: T, signal: AbortSignal) => Promise<R>,
    signal: AbortSignal,
    budget: Budget = unlimited,
  ): Promise<R> {
    for (let lane = this.#fast; ; lane = this.#slow) {
      const acquired = lane.acquire(signal, budget);
      this.#makeRoom(lane);
      const running = { lane, item: await acquired, budget, isLate: false, stop: new AbortController() };
      this.#running.add(running);
      const timer = lane === this.#fast ? setTimeout(() => this.#moveOver(running), this.#threshold) : undefined;
      try {
        return await work(running.item, AbortSignal.any([signal, running.stop.signal]));
      } catch (error) {
        if (error !== leave) throw error;
      } finally {
        clearTimeout(timer);
        this.#running.delete(running);
        running.lane.release(running.item);
      }
    }
  }

  /** Moves work to the slow lane, or marks it as late. */
  #moveOver(running: Running<T>): void {
    const other = this.#slow.tryAcquire();
    if (other === undefined) {
      running.isLate = true;
      this.#makeRoom(this.#fast);
    } else {
      running.lane = this.#slow;
      this.#fast.release(other);
    }
  }

  /** Aborts work of the caller who has used the most, if a caller who waits for its lane may have its item. */
  #makeRoom(lane: Pool<T>): void {
    const now = performance.now();
    const waiting = lane.nextBudget(now)?.used(now);
    if (waiting === undefined) return;
    const [aborted] = [...this.#running]
      .filter(
        (running) => running.lane === lane && running.budget.used(now) >= waiting + (running.isLate ? 0 : muchLess),
      )
      .sort((a, b) => b.budget.used(now) - a.budget.used(now));
    if (!aborted) return;
    this.#running.delete(aborted);
    aborted.stop.abort(leave);
  }
}
