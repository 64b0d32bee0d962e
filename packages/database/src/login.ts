import type { Log } from './connection.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { isRefusedLogin } from './errors.ts';

/** The user and password of new connections. They are fetched again, once, when the server refuses them, so that a rotation needs no restart. */
export class Login {
  readonly #source: CredentialSource;
  readonly #log: Log;
  #current: Credentials | undefined;

  constructor(source: CredentialSource, log: Log) {
    this.#source = source;
    this.#log = log;
  }

  /** For a pool, which makes its clients synchronously. Set while `connect` runs. */
  get clientConfig(): { user?: string; password?: string } {
    return { user: this.#current?.username, password: this.#current?.password };
  }

  /** Calls `attempt` with the credentials fetched, and a second time if the server refused them. */
  async connect<T>(attempt: () => Promise<T>): Promise<T> {
    const tried = await this.#source.get();
    this.#current = tried;
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusedLogin(error)) throw error;
      this.#log.warn({ user: tried.username }, 'the database refused the login; fetching its credentials again');
      // Another connection that was refused may have fetched them in the meantime.
      if (this.#current === tried) this.#current = await this.#source.refresh();
      return attempt();
    }
  }
}
