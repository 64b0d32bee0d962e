/**
 * Metrics: a task writes what it measured in a minute as one line of its log, from which CloudWatch takes the values (embedded metric
 * format). A line a minute and task costs next to nothing, however many requests there were.
 */
import type { Logger } from 'pino';

interface Metric {
  unit: 'Count' | 'Milliseconds' | 'Seconds';
  /** What is published of a minute: the sum of the values, or a sample of them. */
  of: 'sum' | 'sample';
}

/** Every metric, by its name in CloudWatch. */
export const metrics = {
  /** Revisions that a replica lacked at a freshness check. */
  ReplicaVersionsBehind: { unit: 'Count', of: 'sample' },
  /** Time since a replica was last known to be current; 0 if it is. */
  ReplicaSecondsBehind: { unit: 'Seconds', of: 'sample' },
  /** Markets that a replica cannot load at the moment. */
  MarketsUnavailable: { unit: 'Count', of: 'sample' },
  CatchUpTime: { unit: 'Milliseconds', of: 'sample' },
  CacheHits: { unit: 'Count', of: 'sum' },
  CacheMisses: { unit: 'Count', of: 'sum' },
  /** Of a question that was not in the cache, including its time in the queue. */
  QuestionTime: { unit: 'Milliseconds', of: 'sample' },
  ReportJobsFinished: { unit: 'Count', of: 'sum' },
  /** Those that failed in every attempt; not those whose report cannot be made. */
  ReportJobsFailed: { unit: 'Count', of: 'sum' },
  /** Time for which the report job that is due longest has been waiting. */
  ReportJobsSecondsWaiting: { unit: 'Seconds', of: 'sample' },
  ImportsFinished: { unit: 'Count', of: 'sum' },
  ImportsFailed: { unit: 'Count', of: 'sum' },
  ImportsCancelled: { unit: 'Count', of: 'sum' },
  /** Rows read from the files of imports that finished. */
  ImportRows: { unit: 'Count', of: 'sum' },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;
export type Measure<Name extends MetricName = MetricName> = (name: Name, value: number) => void;

/** The dimension of the metrics in CloudWatch: a member of every line of a service's log. */
export const dimension = 'service';

const minute = 60_000;
/** Milliseconds that reading a polled metric may take. */
const pollTimeout = 10_000;
/** CloudWatch takes at most so many values of a metric from one line. */
const sampleSize = 100;

interface Measured {
  sum: number;
  count: number;
  sample: number[];
}

export class Metrics {
  readonly #log: Logger;
  readonly #namespace: string | undefined;
  readonly #measured = new Map<MetricName, Measured>();
  readonly #polled = new Map<MetricName, () => Promise<number>>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** Publishes in the namespace of the variable `METRICS_NAMESPACE`; publishes nothing if it is not set. */
  static fromEnvironment(log: Logger, env: NodeJS.ProcessEnv = process.env): Metrics {
    return new Metrics(log, env.METRICS_NAMESPACE || undefined);
  }

  constructor(log: Logger, namespace: string | undefined) {
    // Metrics are written regardless of the service's own log level.
    this.#log = log.child({}, { level: 'info' });
    this.#namespace = namespace;
    if (namespace) this.#timer = setInterval(() => this.#publish(), minute).unref();
  }

  /** Adds a value to this minute's. */
  readonly measure: Measure = (name, value) => {
    if (!this.#namespace) return;
    const measured = this.#measured.get(name) ?? { sum: 0, count: 0, sample: [] };
    this.#measured.set(name, measured);
    measured.sum += value;
    measured.count += 1;
    // Each value has the same chance to be in the sample (Vitter's algorithm R).
    if (measured.sample.length < sampleSize) measured.sample.push(value);
    else {
      const index = Math.floor(Math.random() * measured.count);
      if (index < sampleSize) measured.sample[index] = value;
    }
  };

  /** Calls `read` once a minute. A call that fails, or takes over 10 s, adds no value. */
  poll(name: MetricName, read: () => Promise<number>): void {
    this.#polled.set(name, read);
  }

  /** Writes the values of the minute that has begun, and stops. */
  close(): void {
    clearInterval(this.#timer);
    this.#write();
  }

  async #publish(): Promise<void> {
    const reads = [...this.#polled].map(async ([name, read]) => {
      const value = await within(pollTimeout, read()).catch(() => undefined);
      if (value !== undefined) this.measure(name, value);
    });
    await Promise.all(reads);
    this.#write();
  }

  #write(): void {
    if (this.#measured.size === 0) return;
    const names = [...this.#measured.keys()];
    const values = [...this.#measured].map(([name, { sum, sample }]) => [
      name,
      metrics[name].of === 'sum' ? sum : sample.map((value) => Math.round(value * 1000) / 1000),
    ]);
    this.#measured.clear();
    this.#log.info({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: this.#namespace,
            Dimensions: [[dimension]],
            Metrics: names.map((name) => ({ Name: name, Unit: metrics[name].unit })),
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
