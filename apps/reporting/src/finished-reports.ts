/** The reports that were made last, with those that are being made: equal requests share one, and others wait for their turn. */
import { type Budget, Pool, SharedWork } from '@property-insights/analytics';
import { LRUCache } from 'lru-cache';
import type { LongTable } from './long-tables.ts';

export interface FinishedReport {
  /** The version of the market. */
  version: number;
  marketCode: string;
  /** Strong, quoted. */
  etag: string;
  /** The address to cite it by; undefined for a preview. */
  address: string | undefined;
  bytes: Buffer;
  /** The tables of which a workbook in `bytes` has the first rows only. */
  longTables: LongTable[];
}

/** Bytes of all reports that are kept. */
const maxBytes = 24 * 1024 * 1024;
/** Bytes of a report besides its content. */
const overhead = 1024;

/** Reports that are made at a time: of fifty at once, most had questions that took longer than they may. */
const maxMaking = 4;
/** Reports that wait. */
const maxWaiting = 64;

/** Makes a report at the expense of a budget, until the signal aborts. */
type Make = (signal: AbortSignal, budget: Budget) => Promise<FinishedReport>;

export class FinishedReports {
  readonly #turns = new Pool([...Array(maxMaking).keys()], maxWaiting);
  readonly #kept = new LRUCache<string, FinishedReport>({
    maxSize: maxBytes,
    maxEntrySize: maxBytes / 4,
    sizeCalculation: ({ bytes, address }, key) => bytes.length + 2 * ((address?.length ?? 0) + key.length) + overhead,
  });
  readonly #making = new SharedWork<FinishedReport>();

  /**
   * The report with a key, made if it is not kept.
   * @param key identifies the report, its parameters, form and version
   * @param signal aborts when this caller no longer waits
   * @param budget of this caller
   * @throws Overloaded, and what `make` throws
   */
  async get(key: string, make: Make, signal: AbortSignal, budget: Budget): Promise<FinishedReport> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const makeAndKeep: Make = async (...limits) => {
      const report = await this.inTurn(make, ...limits);
      this.#kept.set(key, report);
      return report;
    };
    return this.#making.do(key, makeAndKeep, budget, signal);
  }

  /** Makes a report that is not kept. Callers who have used less come first. @throws Overloaded, and what `make` throws */
  inTurn(make: Make, signal: AbortSignal, budget: Budget): Promise<FinishedReport> {
    return this.#turns.use((_, signal) => make(signal, budget), signal, budget);
  }
}
