import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Budget } from '../src/budgets.ts';
import { Lanes } from '../src/lanes.ts';
import { Pool } from '../src/pool.ts';

const never = new AbortController().signal;

/** Work that ends when `finish` is called or its signal aborts, and the number of times that it was started. */
function work() {
  const end = Promise.withResolvers<string>();
  let begun = 0;
  return {
    finish: end.resolve,
    begun: () => begun,
    run: (_: string, signal: AbortSignal) => {
      begun += 1;
      const stopped = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      return Promise.race([end.promise, stopped]);
    },
  };
}

test('slow work does not delay quick work, continues or starts again in the slow lane, and ends in order', async () => {
  const lanes = new Lanes(new Pool(['a'], 10), new Pool(['b'], 10), 20);
  const slow = [work(), work(), work()];
  const results = slow.map(({ run }) => lanes.use(run, never));
  expect(await lanes.use(async () => 'quick', never)).toBe('quick');
  expect(slow.map(({ begun }) => begun())).toEqual([1, 1, 1]);
  for (const [i, { finish }] of slow.entries()) {
    finish(`slow ${i}`);
    expect(await results[i]).toBe(`slow ${i}`);
  }
  expect(slow.map(({ begun }) => begun())).toEqual([1, 2, 2]);
  expect(await Promise.all([1, 2].map((n) => lanes.use(async () => n, never)))).toEqual([1, 2]);
});

test('work of a caller who cancels is stopped in either lane, and errors of work are passed on', async () => {
  const lanes = new Lanes(new Pool(['a'], 10), new Pool(['b'], 10), 5);
  const caller = new AbortController();
  const [first, second] = [work(), work()];
  const results = [first, second].map(({ run }) => lanes.use(run, caller.signal));
  expect(await lanes.use(async () => 'quick', never)).toBe('quick');
  caller.abort(new Error('gone'));
  for (const result of results) await expect(result).rejects.toThrow('gone');
  await expect(lanes.use(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  expect(await lanes.use(async (item) => item.length, never)).toBe(1);
});

test('work that exceeds the threshold stays while nobody waits, and for callers with less left', async () => {
  const lanes = new Lanes(new Pool(['a'], 10), new Pool(['b'], 10), 20);
  const [held, quick, other] = [work(), work(), work()];
  const holding = lanes.use(held.run, never);
  await setTimeout(50);
  const budget = (remaining: number): Budget => ({ remaining: () => remaining, charge() {} });
  const result = lanes.use(quick.run, never, budget(5));
  await setTimeout(50);
  const later = lanes.use(other.run, never, budget(4));
  await setTimeout(50);
  expect([quick.begun(), other.begun()]).toEqual([1, 0]);
  const asMuch = lanes.use(async () => 'as much', never, budget(5));
  expect(await asMuch).toBe('as much');
  for (const { finish } of [held, quick, other]) finish('finished');
  expect(await Promise.all([holding, result, later])).toEqual(['finished', 'finished', 'finished']);
  expect(quick.begun()).toBe(2);
});
