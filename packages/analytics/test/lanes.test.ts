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

/** Of a caller who has used some milliseconds. */
const budget = (used: number): Budget => ({ remaining: () => 1, used: () => used, charge() {} });

test('work that exceeds the threshold stays while nobody waits, and for callers who have used more', async () => {
  const lanes = new Lanes(new Pool(['a'], 10), new Pool(['b'], 10), 20);
  const [held, quick, other] = [work(), work(), work()];
  const holding = lanes.use(held.run, never);
  await setTimeout(50);

  const result = lanes.use(quick.run, never, budget(5));
  await setTimeout(50);
  const later = lanes.use(other.run, never, budget(6));
  await setTimeout(50);
  expect([quick.begun(), other.begun()]).toEqual([1, 0]);
  const asMuch = lanes.use(async () => 'as much', never, budget(5));
  expect(await asMuch).toBe('as much');
  for (const { finish } of [held, quick, other]) finish('finished');
  expect(await Promise.all([holding, result, later])).toEqual(['finished', 'finished', 'finished']);
  expect(quick.begun()).toBe(2);
});

test('a caller who has used much less waits for neither lane', async () => {
  const lanes = new Lanes(new Pool(['a'], 10), new Pool(['b'], 10), 20);
  const [slow, fast] = [work(), work()];
  const heavy = [slow, fast].map(({ run }) => lanes.use(run, never, budget(5_000)));
  await setTimeout(50);
  const long = work();
  const light = lanes.use(long.run, never, budget(100));
  await setTimeout(50);
  // Its work is late, and aborted for other work of its caller. It continues in the slow lane.
  expect(await lanes.use(async () => 'quick', never, budget(100))).toBe('quick');
  await expect.poll(() => long.begun()).toBe(2);
  long.finish('long');
  expect(await light).toBe('long');
  for (const { finish } of [slow, fast]) finish('finished');
  expect(await Promise.all(heavy)).toEqual(['finished', 'finished']);
});

test('a caller who has used a little less waits for the threshold', async () => {
  const lanes = new Lanes(new Pool(['a'], 10), new Pool(['b'], 10), 60_000);
  const held = work();
  const holding = lanes.use(held.run, never, budget(900));
  const next = lanes.use(async () => 'next', never, budget(100));
  await setTimeout(50);
  held.finish('held');
  expect(await Promise.all([holding, next])).toEqual(['held', 'next']);
  expect(held.begun()).toBe(1);
});
