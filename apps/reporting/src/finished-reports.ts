/** The reports that were made last, with those that are being made: equal requests share one, and others wait for their turn. */
import { RendererBusy } from '@property-insights/reports';
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

export class FinishedReports {
  #turns = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #kept = new LRUCache<string, FinishedReport>({
    maxSize: maxBytes,
    maxEntrySize: maxBytes / 4,
    sizeCalculation: ({ bytes, address }, key) => bytes.length + 2 * ((address?.length ?? 0) + key.length) + overhead,
  });
  readonly #making = new Map<string, Promise<FinishedReport>>();

  /**
   * @param key identifies the report, its parameters, form and version
   * @throws RendererBusy, and what `make` throws
   */
  async get(key: string, make: () => Promise<FinishedReport>): Promise<FinishedReport> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const making = this.#making.get(key) ?? this.#make(key, make);
    return making;
  }

  #make(key: string, make: () => Promise<FinishedReport>): Promise<FinishedReport> {
    const made = this.#inTurn(make).finally(() => this.#making.delete(key));
    this.#making.set(key, made);
    made.then((report) => this.#kept.set(key, report)).catch(() => {});
    return made;
  }

  async #inTurn<T>(make: () => Promise<T>): Promise<T> {
    if (this.#turns < maxMaking) this.#turns++;
    else if (this.#waiting.length >= maxWaiting) throw new RendererBusy();
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await make();
    } finally {
      // The turn passes to the next.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#turns--;
    }
  }
}
