/**
 * Figures over time: what a task did in a minute is one line of its log, from which CloudWatch takes them (embedded metric format). A line a
 * minute and task costs next to nothing, however many requests there were.
 */
import type { ReplicaFigure } from '@property-insights/analytics';
import type { Logger } from 'pino';

type Figure = { unit: 'Count' | 'Milliseconds' | 'Seconds'; of: 'sum' | 'sample' };

/** Every figure there is, by its name in CloudWatch. Of a minute it has the sum, or a sample of what was measured. */
export const figures = {
  /** Revisions that a replica lacked when it was looked at. */
  ReplicaVersionsBehind: { unit: 'Count', of: 'sample' },
  /** Since a replica was last known to have everything; 0 if it has. */
  ReplicaSecondsBehind: { unit: 'Seconds', of: 'sample' },
  CatchUpTime: { unit: 'Milliseconds', of: 'sample' },
  CacheHits: { unit: 'Count', of: 'sum' },
  CacheMisses: { unit: 'Count', of: 'sum' },
  /** Of a question that was not in the cache, waiting included. */
  QuestionTime: { unit: 'Milliseconds', of: 'sample' },
  ImportsFinished: { unit: 'Count', of: 'sum' },
  ImportsFailed: { unit: 'Count', of: 'sum' },
  ImportsCancelled: { unit: 'Count', of: 'sum' },
  /** Read from the files of imports that finished. */
  ImportRows: { unit: 'Count', of: 'sum' },
} as const satisfies Record<ReplicaFigure | string, Figure>;

export type FigureName = keyof typeof figures;
export type Measure<Name extends FigureName = FigureName> = (name: Name, value: number) => void;

/** By which figures are told apart in CloudWatch, beside their namespace: a member of every line of a service's log. */
export const dimension = 'service';

const minute = 60_000;
/** What is looked at once a minute may take so long, in milliseconds. */
const patience = 10_000;
/** CloudWatch takes so many values of one figure in a line. */
const sampleSize = 100;

interface Measured {
  sum: number;
  count: number;
  sample: number[];
}

export class Metrics {
  readonly #log: Logger;
  readonly #namespace: string | undefined;
  readonly #measured = new Map<FigureName, Measured>();
  readonly #watched = new Map<FigureName, () => Promise<number>>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** Tells figures in the namespace that `METRICS_NAMESPACE` names; none where it isn't set. */
  static fromEnvironment(log: Logger, env: NodeJS.ProcessEnv = process.env): Metrics {
    return new Metrics(log, env.METRICS_NAMESPACE || undefined);
  }

  constructor(log: Logger, namespace: string | undefined) {
    // Whatever the service's own level is.
    this.#log = log.child({}, { level: 'info' });
    this.#namespace = namespace;
    if (namespace) this.#timer = setInterval(() => this.#tell(), minute).unref();
  }

  /** Adds what was measured to this minute's. */
  readonly measure: Measure = (name, value) => {
    if (!this.#namespace) return;
    const measured = this.#measured.get(name) ?? { sum: 0, count: 0, sample: [] };
    this.#measured.set(name, measured);
    measured.sum += value;
    measured.count += 1;
    // Each value has the same chance to be in the sample (Vitter's algorithm R).
    if (measured.sample.length < sampleSize) measured.sample.push(value);
    else {
      const place = Math.floor(Math.random() * measured.count);
      if (place < sampleSize) measured.sample[place] = value;
    }
  };

  /** Has `read` asked once a minute; one that fails, or takes over 10 s, has no figure. */
  watch(name: FigureName, read: () => Promise<number>): void {
    this.#watched.set(name, read);
  }

  /** Tells what was measured since the last minute was told. */
  close(): void {
    clearInterval(this.#timer);
    this.#write();
  }

  async #tell(): Promise<void> {
    const looks = [...this.#watched].map(async ([name, read]) => {
      const value = await within(patience, read()).catch(() => undefined);
      if (value !== undefined) this.measure(name, value);
    });
    await Promise.all(looks);
    this.#write();
  }

  #write(): void {
    if (this.#measured.size === 0) return;
    const names = [...this.#measured.keys()];
    const values = [...this.#measured].map(([name, { sum, sample }]) => [
      name,
      figures[name].of === 'sum' ? sum : sample.map((value) => Math.round(value * 1000) / 1000),
    ]);
    this.#measured.clear();
    this.#log.info({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: this.#namespace,
            Dimensions: [[dimension]],
            Metrics: names.map((name) => ({ Name: name, Unit: figures[name].unit })),
          },
        ],
      },
      ...Object.fromEntries(values),
    });
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), milliseconds).unref();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
