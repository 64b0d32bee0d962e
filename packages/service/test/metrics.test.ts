import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { metrics as known, Metrics } from '../src/index.ts';

interface Line {
  [member: string]: unknown;
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
}

let metrics: Metrics;
const lines: Line[] = [];
const log = pino({ level: 'warn', base: { service: 'example' } }, { write: (line) => lines.push(JSON.parse(line)) });

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
  metrics = Metrics.fromEnvironment(log, { METRICS_NAMESPACE: 'property-insights-demo' });
});
afterEach(() => {
  metrics.close();
  vi.useRealTimers();
});

const minute = () => vi.advanceTimersByTimeAsync(60_000);

test('the values of a minute are one line in embedded metric format, whatever the level of the log', async () => {
  for (let request = 0; request < 30; request += 1) metrics.measure('CacheHits', 1);
  metrics.measure('QuestionTime', 12.34567);
  metrics.measure('QuestionTime', 20);
  await minute();
  expect(lines).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      service: 'example',
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'property-insights-demo',
            Dimensions: [['service']],
            Metrics: [
              { Name: 'CacheHits', Unit: 'Count' },
              { Name: 'QuestionTime', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      CacheHits: 30,
      QuestionTime: [12.346, 20],
    },
  ]);
});

test('a metric without values is left out, and a minute without values has no line', async () => {
  await minute();
  expect(lines).toEqual([]);
  metrics.measure('ImportsFailed', 1);
  await minute();
  await minute();
  expect(lines.map(({ ImportsFailed }) => ImportsFailed)).toEqual([1]);
});

test('a sample is written if there are more values than CloudWatch takes', async () => {
  for (let value = 0; value < 5000; value += 1) metrics.measure('QuestionTime', value);
  await minute();
  const sample = lines[0]?.QuestionTime as number[];
  expect(sample).toHaveLength(100);
  for (const value of sample) expect(value).toBeGreaterThanOrEqual(0);
  expect(Math.max(...sample)).toBeGreaterThan(100);
});

test('metrics are polled once a minute, and one that fails or hangs does not delay the others', async () => {
  metrics.poll('ReplicaSecondsBehind', async () => 7);
  metrics.poll('ReplicaVersionsBehind', async () => {
    throw new Error('no database');
  });
  metrics.poll('CatchUpTime', () => new Promise(() => {}));
  await minute();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ ReplicaSecondsBehind: [7] });
  expect(lines[0]?._aws.CloudWatchMetrics[0]?.Metrics).toEqual([{ Name: 'ReplicaSecondsBehind', Unit: 'Seconds' }]);
});

test('the remaining values are written when the service stops', () => {
  metrics.measure('ImportRows', 500);
  metrics.close();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ ImportRows: 500 });
});

test('nothing is written without a namespace', async () => {
  const silent = Metrics.fromEnvironment(log, {});
  silent.measure('CacheHits', 1);
  await minute();
  silent.close();
  expect(lines).toEqual([]);
});

test('no metric has the name of a member that every line has', () => {
  for (const name of ['level', 'time', 'service', '_aws', 'msg']) expect(Object.keys(known)).not.toContain(name);
});
