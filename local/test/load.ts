/** Requests to both services at a steady rate, as fast as they are due: the answers take what they take. */
import { Agent, request } from 'undici';
import type { LocalSystem } from '../src/start.ts';

/** What is asked, in turn: mostly answers from the caches, each after a look at the database's version, and reads of the database itself. */
const paths = [
  '/api/analytics/summary',
  '/reporting/property-summary',
  '/api/properties',
  '/api/health',
  '/api/analytics/summary',
  '/reporting/property-summary',
  '/api/properties/1',
  '/reporting/health',
  '/api/analytics/summary',
  '/reporting/property-summary',
] as const;

/** Beyond so many requests under way, none is sent until one is answered. */
const mostUnderWay = 200;

export class Load {
  /** What was not answered as it should be. */
  readonly failures: string[] = [];
  /** Of the answered requests, in milliseconds. */
  readonly durations: number[] = [];
  readonly #origin: string;
  readonly #token: string;
  readonly #perSecond: number;
  readonly #agent = new Agent({ connections: 50 });
  readonly #underWay = new Set<Promise<void>>();
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #paused = false;

  constructor({ url, adminToken }: LocalSystem, perSecond: number) {
    this.#origin = url;
    this.#token = adminToken;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#send(), 10);
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Does something between requests; those that were due meanwhile are sent at once afterwards. */
  async between(work: () => Promise<void>): Promise<void> {
    this.#paused = true;
    await Promise.all(this.#underWay);
    await work();
    this.#paused = false;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await this.#agent.close();
  }

  #send(): void {
    while (!this.#paused && this.#underWay.size < mostUnderWay && this.#sent < this.seconds * this.#perSecond) {
      const sent = this.#request(this.#sent++).finally(() => this.#underWay.delete(sent));
      this.#underWay.add(sent);
    }
  }

  /** Every 500th is a write, and every 100th a question not asked before. */
  async #request(number: number): Promise<void> {
    if (number % 500 === 0) {
      const body = JSON.stringify({ address: `${number} Test St, Testville`, price: 1000, region: 'Load' });
      return this.#expect(201, '/api/properties', {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body,
      });
    }
    if (number % 100 === 0) return this.#expect(200, `/api/analytics/summary?price_min=${number}`);
    return this.#expect(200, paths[number % paths.length] as string);
  }

  async #expect(status: number, path: string, options: Parameters<typeof request>[1] = {}): Promise<void> {
    const started = performance.now();
    try {
      const { statusCode, body } = await request(this.#origin + path, { ...options, dispatcher: this.#agent });
      const text = await body.text();
      this.durations.push(performance.now() - started);
      // A service that can't reach its database is alive, and says so.
      if (statusCode !== status || text.includes('"unreachable"')) this.failures.push(`${statusCode} ${path}: ${text}`);
    } catch (error) {
      this.failures.push(`${path}: ${(error as Error).message}`);
    }
  }
}
