import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type FinishedReport, FinishedReports } from '../src/finished-reports.ts';

const report = { bytes: Buffer.from('a') } as FinishedReport;

test('four reports are made at a time, in the order of the requests, and too many are refused', async () => {
  const finished = new FinishedReports();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const make = (i: number) => () => {
    begun.push(i);
    return new Promise<FinishedReport>((resolve) => ends.push(() => resolve(report)));
  };
  const made = Array.from({ length: 68 }, (_, i) => finished.get(`${i}`, make(i)));
  const shared = finished.get('0', make(99));
  await expect(finished.get('68', make(68))).rejects.toThrow('Too many reports');
  expect(begun).toEqual([0, 1, 2, 3]);
  for (let ended = 1; ended <= 68; ended++) {
    ends[ended - 1]?.();
    await turn();
    expect(begun).toHaveLength(Math.min(68, 4 + ended));
  }
  expect(begun).toEqual(Array.from({ length: 68 }, (_, i) => i));
  await Promise.all([...made, shared]);
  const after = finished.get('69', make(69));
  ends.at(-1)?.();
  expect(await after).toBe(report);
});
