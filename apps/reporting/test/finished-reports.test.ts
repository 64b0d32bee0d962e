import { setImmediate as turn } from 'node:timers/promises';
import { type Budget, Budgets, Overloaded } from '@property-insights/analytics';
import { expect, test } from 'vitest';
import { type FinishedReport, FinishedReports } from '../src/finished-reports.ts';

const report = { bytes: Buffer.from('a') } as FinishedReport;
const never = new AbortController().signal;
const budgets = new Budgets();

/** Reports that end when the test ends them. */
class Making {
  readonly begun: string[] = [];
  readonly signals: AbortSignal[] = [];
  readonly ends: (() => void)[] = [];
  readonly #finished = new FinishedReports();

  get(name: string, { signal = never, caller = 'one' } = {}): Promise<FinishedReport> {
    return this.#finished.get(name, this.#make(name), signal, budgets.of(caller));
  }

  preview(name: string): Promise<FinishedReport> {
    return this.#finished.inTurn(this.#make(name), never, budgets.of('one'));
  }

  #make(name: string) {
    return (signal: AbortSignal, _: Budget) => {
      this.begun.push(name);
      this.signals.push(signal);
      return new Promise<FinishedReport>((resolve, reject) => {
        this.ends.push(() => resolve(report));
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
  }
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);

test('four reports are made at a time, previews too, in the order of the requests, and too many are refused', async () => {
  const making = new Making();
  const made = names(0, 67).map((name) => making.get(name));
  const preview = making.preview('67');
  const shared = making.get('0');
  await expect(making.get('68')).rejects.toThrow(Overloaded);
  await expect(making.preview('68')).rejects.toThrow(Overloaded);
  expect(making.begun).toEqual(names(0, 4));
  for (let ended = 1; ended <= 68; ended++) {
    making.ends[ended - 1]?.();
    await turn();
    expect(making.begun).toHaveLength(Math.min(68, 4 + ended));
  }
  expect(making.begun).toEqual(names(0, 68));
  await Promise.all([...made, preview, shared]);
  expect(await making.get('0')).toBe(report);
  const after = making.get('69');
  await turn();
  making.ends.at(-1)?.();
  expect(await after).toBe(report);
});

test('the reports of a caller who has used much do not delay those of another', async () => {
  const making = new Making();
  budgets.of('heavy').charge(10_000);
  const heavy = names(0, 68).map((name) => making.get(name, { caller: 'heavy' }));
  await turn();
  const light = making.get('light', { caller: 'light' });
  await expect(heavy.at(-1)).rejects.toThrow(Overloaded);
  making.ends[0]?.();
  await turn();
  expect(making.begun).toEqual([...names(0, 4), 'light']);
  making.ends.at(-1)?.();
  expect(await light).toBe(report);
});

test('a report is cancelled when its last caller has gone', async () => {
  const making = new Making();
  const callers = [new AbortController(), new AbortController()];
  const asked = callers.map(({ signal }) => making.get('a', { signal }));
  await turn();
  expect(making.begun).toEqual(['a']);
  callers[0]?.abort(new Error('gone'));
  await expect(asked[0]).rejects.toThrow('gone');
  expect(making.signals[0]?.aborted).toBe(false);
  callers[1]?.abort(new Error('gone too'));
  await expect(asked[1]).rejects.toThrow('gone too');
  expect(making.signals[0]?.aborted).toBe(true);
});
