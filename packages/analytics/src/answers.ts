import { createHash } from 'node:crypto';
import type { DataVersion } from '@property-insights/database';
import { LRUCache } from 'lru-cache';

/** A question's answer, serialised once. */
export interface Answer {
  /** The version of the data that it was computed from. */
  version: number;
  /** Strong, quoted: the version, and a digest of the question and the answer, so that another release's answer is another entity. */
  etag: string;
  /** JSON. */
  body: Buffer;
}

type Ask = (signal: AbortSignal) => Promise<{ reached: DataVersion; result: unknown }>;

/** A question under way. */
interface Asked {
  answer: Promise<Answer>;
  /** Those who still wait for it. */
  callers: number;
  controller: AbortController;
}

/** What an entry takes beside its body and key: the objects around them and the cache's own slots. */
const entryOverhead = 512;

/**
 * Answers by version and question, the least recently used forgotten beyond a number of bytes. Identical questions under way are asked once, and
 * stopped when none of those who asked waits any longer.
 */
export class Answers {
  readonly #kept: LRUCache<string, Answer>;
  readonly #underWay = new Map<string, Asked>();

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.ceil(maxBytes / 4),
      sizeCalculation: ({ body }, key) => body.length + 2 * key.length + entryOverhead,
    });
  }

  /** The bytes held, all told. */
  get bytes(): number {
    return this.#kept.calculatedSize;
  }

  /**
   * The answer of a question at a version, or at a later one that the replica reached in the meantime.
   * @param ask computes the result, and tells the version that it was computed from; its signal tells that nobody waits for it any longer
   * @param caller made only if there is something to wait for: its signal tells that this caller has gone
   */
  answer(at: DataVersion, question: string, ask: Ask, caller?: () => AbortSignal): Promise<Answer> {
    const key = keyAt(at, question);
    const kept = this.#kept.get(key);
    if (kept) return Promise.resolve(kept);
    const asked = this.#underWay.get(key) ?? this.#begin(key, question, ask);
    asked.callers += 1;
    const signal = caller?.();
    if (!signal) return asked.answer;
    return new Promise((resolve, reject) => {
      asked.answer.then(resolve, reject);
      const leave = () => {
        reject(signal.reason);
        asked.callers -= 1;
        if (asked.callers > 0) return;
        this.#forget(key, asked);
        asked.controller.abort(signal.reason);
      };
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  }

  #begin(key: string, question: string, ask: Ask): Asked {
    const controller = new AbortController();
    const answer = this.#ask(question, () => ask(controller.signal)).finally(() => this.#forget(key, asked));
    const asked: Asked = { answer, callers: 0, controller };
    this.#underWay.set(key, asked);
    return asked;
  }

  /** Whoever asks from now on asks anew. */
  #forget(key: string, asked: Asked): void {
    if (this.#underWay.get(key) === asked) this.#underWay.delete(key);
  }

  async #ask(question: string, ask: () => ReturnType<Ask>): Promise<Answer> {
    const { reached, result } = await ask();
    const body = Buffer.from(JSON.stringify(result));
    const digest = createHash('sha256').update(question).update('\0').update(body).digest('base64url').slice(0, 22);
    const answer = { version: reached.version, etag: `"${reached.version}-${digest}"`, body };
    this.#kept.set(keyAt(reached, question), answer);
    return answer;
  }
}

function keyAt({ version, lineage }: DataVersion, question: string): string {
  return `${version} ${lineage} ${question}`;
}

/** The question as text, the same for parameters that mean the same: by name, without those not given. */
export function questionKey(name: string, parameters: object): string {
  let key = name;
  for (const parameter of Object.keys(parameters).sort()) {
    const value = (parameters as Record<string, unknown>)[parameter];
    if (value !== undefined) key += `&${parameter}=${JSON.stringify(value)}`;
  }
  return key;
}
