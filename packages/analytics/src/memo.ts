import { serialize } from 'node:v8';
import { LRUCache } from 'lru-cache';

/** Bytes. The valuations of two months take 10 to 400 kB, and 6 MB if a market has 80,000 places with enough sales (docs/decisions/0016). */
const defaultBytes = 2 ** 24;

/** Bytes of an entry besides its value and key: the objects around them and the cache's own slots. */
const entryOverhead = 512;

/** Values that take seconds to compute and that many questions need. Beyond a number of bytes the least recently used are dropped. */
export class Memo {
  readonly #values: LRUCache<string, object>;

  constructor(maxBytes = defaultBytes) {
    this.#values = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (value, key) => serialize(value).length + 2 * key.length + entryOverhead,
    });
  }

  /** Estimated from the serialised values. */
  get bytes(): number {
    return this.#values.calculatedSize;
  }

  /** The value of a key, computed unless it is cached. The key has to identify everything that the value depends on. */
  async get<T extends object>(key: string, compute: () => Promise<T>): Promise<T> {
    const cached = this.#values.get(key) as T | undefined;
    if (cached) return cached;
    const value = await compute();
    this.#values.set(key, value);
    return value;
  }
}
