import { type Budget, JointBudget } from './budgets.ts';

interface Pending<T> {
  result: Promise<T>;
  /** How many callers wait for it. */
  callers: number;
  controller: AbortController;
  budget: JointBudget;
}

/** Work that is done once for all callers who want its result at the same time. It is cancelled when all of them have gone. */
export class SharedWork<T> {
  readonly #pending = new Map<string, Pending<T>>();

  /**
   * @param key identifies the result
   * @param work its signal aborts when no caller waits any longer; its budget is that of the callers together
   * @param budget of this caller
   * @param signal aborts when this caller no longer waits
   * @throws what `work` throws, and the reason of `signal`
   */
  async do(
    key: string,
    work: (signal: AbortSignal, budget: Budget) => Promise<T>,
    budget: Budget,
    signal?: AbortSignal,
  ): Promise<T> {
    const pending = this.#pending.get(key) ?? this.#begin(key, work, budget);
    pending.budget.join(budget);
    pending.callers += 1;
    if (!signal) return pending.result;
    const leave = () => {
      pending.callers -= 1;
      if (pending.callers > 0) return;
      this.#remove(key, pending);
      pending.controller.abort(signal.reason);
    };
    return untilAborted(pending.result, signal, leave);
  }

  #begin(key: string, work: (signal: AbortSignal, budget: Budget) => Promise<T>, first: Budget): Pending<T> {
    const controller = new AbortController();
    const budget = new JointBudget(first);
    const result = work(controller.signal, budget).finally(() => this.#remove(key, pending));
    const pending: Pending<T> = { result, callers: 0, controller, budget };
    this.#pending.set(key, pending);
    return pending;
  }

  /** Later callers begin again. */
  #remove(key: string, pending: Pending<T>): void {
    if (this.#pending.get(key) === pending) this.#pending.delete(key);
  }
}

/**
 * The result of work, unless a signal aborts earlier.
 * @param onAbort called if it does
 * @throws the signal's reason
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, onAbort = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      onAbort();
    };
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
