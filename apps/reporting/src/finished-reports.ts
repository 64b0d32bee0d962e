/** The reports that were made last, with those that are being made: equal requests share one. */
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

export class FinishedReports {
  readonly #kept = new LRUCache<string, FinishedReport>({
    maxSize: maxBytes,
    maxEntrySize: maxBytes / 4,
    sizeCalculation: ({ bytes, address }, key) => bytes.length + 2 * ((address?.length ?? 0) + key.length) + overhead,
  });
  readonly #making = new Map<string, Promise<FinishedReport>>();

  /** @param key identifies the report, its parameters, form and version */
  async get(key: string, make: () => Promise<FinishedReport>): Promise<FinishedReport> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const making = this.#making.get(key) ?? this.#make(key, make);
    return making;
  }

  #make(key: string, make: () => Promise<FinishedReport>): Promise<FinishedReport> {
    const made = make().finally(() => this.#making.delete(key));
    this.#making.set(key, made);
    made.then((report) => this.#kept.set(key, report)).catch(() => {});
    return made;
  }
}
