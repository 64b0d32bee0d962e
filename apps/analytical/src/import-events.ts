/** Tells whoever listens how far imports are, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@property-insights/database';
import { failInterruptedImports } from '@property-insights/imports';
import { problems } from '@property-insights/service';
import type { FastifyBaseLogger } from 'fastify';
import type { ImportRunner } from './import-runner.ts';
import { findImport, type ImportProgress, type ImportState, progressOf } from './imports.ts';

/** What an event `progress` says. */
export interface Progress extends ImportProgress {
  /** While files are read, or an undo writes, as soon as it can be told. */
  rows_per_second: number | null;
  bytes_per_second: number | null;
  /** Until all files are read, or the undo is written. */
  seconds_left: number | null;
}

export interface ImportEventsOptions {
  database: Database;
  runner: ImportRunner;
  log: FastifyBaseLogger;
}

/** Milliseconds between two looks at the imports that somebody listens to. Their rows are brought up to date as often. */
const lookInterval = 500;
/** A proxy gives up a connection without a byte for a minute. */
const heartbeatInterval = 15_000;
/** Milliseconds over which speed is measured. */
const speedOver = 5_000;
/** How many may listen to one task. Each holds a connection. */
const mostListeners = 200;

interface Followed {
  listeners: Set<Readable>;
  /** Of the last seconds of reading, or of an undo's writing. */
  samples: { at: number; rows: number; bytes: number }[];
  /** The latest event. */
  told: string;
}

/**
 * One for a task, whichever task runs the imports: however many listen, the database is asked once for all of them, and not at all when
 * nobody does.
 */
export class ImportEvents {
  readonly #options: ImportEventsOptions;
  readonly #followed = new Map<string, Followed>();
  #listeners = 0;
  #looking: Promise<void> | undefined;
  #heart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ImportEventsOptions) {
    this.#options = options;
  }

  /**
   * The events of an import: `progress` now and whenever there is any, then `end` with the import as it ended. To destroy the stream is to
   * leave.
   * @throws a 503 problem when too many listen already
   */
  listen(state: ImportState): Readable {
    if (hasEnded(state)) return Readable.from([event('end', state)]);
    if (this.#closed) throw problems.unavailable('stopping', 'The service is about to stop. Ask again.', 1);
    if (this.#listeners >= mostListeners) {
      throw problems.unavailable(
        'overloaded',
        `${mostListeners} listen to imports already. Ask GET /api/imports/${state.id} now and then, or try again later.`,
        5,
      );
    }
    const stream = new Readable({ read() {} });
    const followed = this.#follow(state);
    followed.listeners.add(stream);
    stream.push(`retry: 1000\n${followed.told}`);
    this.#listeners++;
    this.#heart ??= setInterval(() => this.#beat(), heartbeatInterval);
    this.#looking ??= this.#look();
    return stream.once('close', () => {
      followed.listeners.delete(stream);
      if (followed.listeners.size === 0 && this.#followed.get(state.id) === followed) this.#followed.delete(state.id);
      if (--this.#listeners > 0) return;
      clearInterval(this.#heart);
      this.#heart = undefined;
    });
  }

  /** Ends every stream, without an event `end`: who listens will find another task. */
  close(): void {
    this.#closed = true;
    for (const id of this.#followed.keys()) this.#end(id);
  }

  #follow(state: ImportState): Followed {
    const known = this.#followed.get(state.id);
    if (known) return known;
    const followed: Followed = { listeners: new Set(), samples: [], told: '' };
    followed.told = event('progress', progressNow(followed, state));
    this.#followed.set(state.id, followed);
    void this.#lookSoon(state.id);
    return followed;
  }

  /** An undo may take some milliseconds, and its end is not to be waited for until the next look: 10 ms later, 20 ms after that, and so on. */
  async #lookSoon(id: string): Promise<void> {
    for (let pause = 10; pause < lookInterval; pause *= 2) {
      await delay(pause);
      if (!this.#followed.has(id)) return;
      await this.#tell([id]);
    }
  }

  async #look(): Promise<void> {
    for (;;) {
      await delay(lookInterval);
      if (this.#followed.size === 0) break;
      await this.#tell([...this.#followed.keys()]);
    }
    this.#looking = undefined;
  }

  async #tell(ids: string[]): Promise<void> {
    try {
      await this.#tellNews(ids);
    } catch (error) {
      // The next look may succeed; until then there is nothing to tell.
      this.#options.log.warn({ err: error }, 'it could not be seen how far imports are');
    }
  }

  async #tellNews(ids: string[]): Promise<void> {
    const { database, runner } = this.#options;
    const found = new Map((await progressOf(database, ids)).map((state) => [state.id, state]));
    for (const id of ids) {
      const state = found.get(id);
      const followed = this.#followed.get(id);
      if (!state || hasEnded(state)) {
        // One that is not there any more has gone with its market.
        const ended = await findImport(database, id);
        this.#end(id, ended && event('end', ended));
      } else if (followed) {
        const told = event('progress', progressNow(followed, state));
        if (told !== followed.told) for (const stream of followed.listeners) pushIfTaken(stream, told);
        followed.told = told;
      }
    }
    if ([...found.values()].some(({ id, state }) => state === 'running' && !runner.isUnderWay(id))) {
      // The task that ran it may have died, with nobody to say so.
      await failInterruptedImports(database);
    }
  }

  #end(id: string, last?: string): void {
    const listeners = this.#followed.get(id)?.listeners ?? [];
    this.#followed.delete(id);
    for (const stream of listeners) {
      if (last) stream.push(last);
      stream.push(null);
    }
  }

  #beat(): void {
    for (const { listeners } of this.#followed.values()) for (const stream of listeners) pushIfTaken(stream, ':\n\n');
  }
}

function hasEnded({ state }: ImportProgress): boolean {
  return state !== 'received' && state !== 'running';
}

function event(name: 'progress' | 'end', data: Progress | ImportState): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Who has not taken what was told before misses this: the next event says all that counts. */
function pushIfTaken(stream: Readable, text: string): void {
  if (stream.readableLength === 0) stream.push(text);
}

function progressNow({ samples }: Followed, state: ImportProgress): Progress {
  const { id, stage, bytes_total, bytes_read, rows_read, rows_total, rejected } = state;
  const now = { at: performance.now(), rows: rows_read, bytes: bytes_read };
  // What takes the time of an undo is the writing, and it knows the rows; of files the bytes are known.
  if (stage === (rows_total === null ? 'reading' : 'writing')) samples.push(now);
  else samples.length = 0;
  while (samples.length > 2 && now.at - (samples[1] as typeof now).at >= speedOver) samples.shift();
  const since = samples[0] ?? now;
  const seconds = (now.at - since.at) / 1000;
  const perSecond = (amount: number) => (seconds > 0 ? Math.round(amount / seconds) : null);
  const rowsPerSecond = perSecond(now.rows - since.rows);
  const bytesPerSecond = perSecond(now.bytes - since.bytes);
  const left = (amount: number, perSecond: number | null) => (perSecond ? Math.ceil(amount / perSecond) : null);
  return {
    id,
    state: state.state,
    stage,
    bytes_total,
    bytes_read,
    rows_read,
    rows_total,
    rejected,
    rows_per_second: rowsPerSecond,
    bytes_per_second: bytesPerSecond,
    seconds_left:
      rows_total === null
        ? left(bytes_total - bytes_read, bytesPerSecond)
        : left(rows_total - rows_read, rowsPerSecond),
  };
}
