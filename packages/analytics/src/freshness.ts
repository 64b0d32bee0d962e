/**
 * Shares one freshness check between the requests that arrive together.
 *
 * A check begins after every request that it serves has arrived. So it sees every write that was acknowledged to anyone before. A request that
 * arrives during a check joins the next one, which begins when this one ends. (etcd has the same under the name ReadIndex.)
 */
export class Freshness<T> {
  readonly #read: (codes: (string | undefined)[]) => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;
  /** The markets that the next check has to include. */
  #codes = new Set<string | undefined>();

  /** @param read reads the current versions of the markets with these codes */
  constructor(read: (codes: (string | undefined)[]) => Promise<T>) {
    this.#read = read;
  }

  /**
   * The result of a check that begins after this call. Rejects as the check does.
   * @param codes the markets that it has to include; undefined for the default market
   */
  check(codes: readonly (string | undefined)[]): Promise<T> {
    for (const code of codes) this.#codes.add(code);
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<T> {
    // Requests read from several sockets in one turn of the event loop share a check: it begins at the end of the turn.
    await new Promise(setImmediate);
    if (this.#running) {
      await this.#running.catch(() => {});
      // Clients that have just got their answers ask again.
      await new Promise(setImmediate);
    }
    this.#running = this.#next;
    this.#next = undefined;
    const codes = [...this.#codes];
    this.#codes.clear();
    try {
      return await this.#read(codes);
    } finally {
      this.#running = undefined;
    }
  }
}
