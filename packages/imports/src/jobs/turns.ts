/**
 * Work that is done one at a time. The next is that of the caller whose last work began longest ago, so that a caller with much work does not hold up
 * the others. That of one caller is done in the order in which it came.
 */
export class Turns {
  readonly #waiting: { caller: string; begin: () => void }[] = [];
  /** Whose work has begun since there was last none, the longest ago first. */
  readonly #served = new Set<string>();
  #isBusy = false;

  async do(caller: string, work: () => Promise<void>): Promise<void> {
    if (this.#isBusy) await new Promise<void>((begin) => this.#waiting.push({ caller, begin }));
    this.#isBusy = true;
    this.#served.delete(caller);
    this.#served.add(caller);
    try {
      await work();
    } finally {
      this.#beginNext();
    }
  }

  #beginNext(): void {
    const served = [...this.#served];
    const [next] = this.#waiting.toSorted((a, b) => served.indexOf(a.caller) - served.indexOf(b.caller));
    if (next) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      next.begin();
    } else {
      this.#isBusy = false;
      this.#served.clear();
    }
  }
}
