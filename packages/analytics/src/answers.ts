import { createHash } from 'node:crypto';
import type { MarketVersion } from '@property-insights/database';
import { LRUCache } from 'lru-cache';
import { type Budget, unlimited } from './budgets.ts';
import type { Citation } from './citation.ts';
import type { CoveredDays } from './coverage.ts';
import { SharedWork } from './shared-work.ts';

/** The answer to a question, serialised once. If it is an object, it has the members `version` and `citation`. */
export interface Answer {
  /** The version of the market that it was computed from. */
  version: number;
  /** A strong ETag, quoted: the version, and a digest of the question and the answer. The answer of another release has another digest. */
  etag: string;
  /** JSON. */
  body: Buffer;
  citation: Citation;
  covered: CoveredDays;
  /** A later version by whose gazetteers sales are being placed; the answer is of the version before. */
  placing?: number | undefined;
}

/** @param hash SHA-256 of the result as JSON, in hexadecimal */
type CiteResult = (hash: string) => Citation;
/** @param budget of the callers that wait */
type Compute = (
  signal: AbortSignal,
  budget: Budget,
) => Promise<{ reached: MarketVersion; covered: CoveredDays; result: unknown; cite: CiteResult }>;

/** Bytes of an entry besides its body and key: the objects around them and the cache's own slots. */
const entryOverhead = 512;

/**
 * A cache of answers by version and question. Beyond a number of bytes the least recently used are dropped. Callers that ask the same question at
 * the same time share one computation. It is cancelled when all of them have gone.
 */
export class Answers {
  readonly #cache: LRUCache<string, Answer>;
  readonly #pending = new SharedWork<Answer>();

  constructor(maxBytes: number) {
    this.#cache = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.ceil(maxBytes / 4),
      sizeCalculation: ({ body, citation }, key) =>
        body.length + JSON.stringify(citation).length + 2 * key.length + entryOverhead,
    });
  }

  /** The bytes of all cached answers. */
  get bytes(): number {
    return this.#cache.calculatedSize;
  }

  /**
   * The answer to a question at a version, or at a later one that the replica has reached in the meantime.
   * @param compute returns the result and the version that it was computed from; its signal aborts when no caller waits any longer
   * @param caller returns a signal that aborts when this caller no longer waits; called only if the answer is not cached
   * @param budgetOf returns the budget of this caller; called only if the answer is not cached
   */
  answer(
    at: MarketVersion,
    question: string,
    compute: Compute,
    caller?: () => AbortSignal,
    budgetOf: () => Budget = () => unlimited,
  ): Promise<Answer> {
    const key = keyAt(at, question);
    const cached = this.#cache.get(key);
    if (cached) return Promise.resolve(cached);
    const begin = (signal: AbortSignal, budget: Budget) => this.#compute(question, () => compute(signal, budget));
    return this.#pending.do(key, begin, budgetOf(), caller?.());
  }

  async #compute(question: string, compute: () => ReturnType<Compute>): Promise<Answer> {
    const { reached, covered, result, cite } = await compute();
    const { version } = reached;
    const json = JSON.stringify(result);
    const digest = createHash('sha256').update(question).update('\0').update(json).digest('base64url').slice(0, 22);
    const citation = cite(createHash('sha256').update(json).digest('hex'));
    // At the end, so that what precedes them is what the digest is of.
    const members = Array.isArray(result) ? '' : `,${JSON.stringify({ version, citation }).slice(1)}`;
    const body = Buffer.from(members ? json.slice(0, -1) + members : json);
    const { from, to } = covered;
    const answer = { version, etag: `"${version}-${digest}"`, body, citation, covered: { from, to } };
    this.#cache.set(keyAt(reached, question), answer);
    return answer;
  }
}

function keyAt({ version, lineage }: MarketVersion, question: string): string {
  return `${version} ${lineage} ${question}`;
}

/** A question and its parameters as text: sorted by name, without parameters that are undefined, so that equal questions have equal keys. */
export function questionKey(name: string, parameters: object): string {
  let key = name;
  for (const parameter of Object.keys(parameters).sort()) {
    const value = (parameters as Record<string, unknown>)[parameter];
    if (value !== undefined) key += `&${parameter}=${JSON.stringify(value)}`;
  }
  return key;
}
