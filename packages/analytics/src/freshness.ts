/**
 * Lets requests that arrive together share one check of how far the replica has to be.
 *
 * A check begins after every request it serves has arrived, so what it reads reflects whatever was acknowledged to anyone before. A request that
 * arrives during a check cannot use it and joins the next one, which begins when this one ends. (etcd calls the same thing ReadIndex.)
 */
export class Freshness<T> {
  readonly #check: () => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  /** @param check reads the database's version, brings the replica up to it, and tells what was reached */
  constructor(check: () => Promise<T>) {
    this.#check = check;
  }

  /** What a check that began after this call reached; rejects as the check does. */
  reached(): Promise<T> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<T> {
    // Requests read from several sockets in one turn of the event loop share a check: it begins when the turn is over.
    await new Promise(setImmediate);
    await this.#running?.catch(() => {});
    this.#running = this.#next;
    this.#next = undefined;
    try {
      return await this.#check();
    } finally {
      this.#running = undefined;
    }
  }
}
