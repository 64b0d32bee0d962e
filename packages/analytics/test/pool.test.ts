import { expect, test } from 'vitest';
import { Budgets } from '../src/budgets.ts';
import { Overloaded } from '../src/errors.ts';
import { Pool } from '../src/pool.ts';

const never = new AbortController().signal;

test('as many callers work at a time as there are items, the others in order, and those beyond the queue are refused', async () => {
  const pool = new Pool(['a', 'b'], 3);
  const finish: (() => void)[] = [];
  const order: number[] = [];
  const work = (n: number) =>
    pool.use(async () => {
      order.push(n);
      await new Promise<void>((resolve) => finish.push(resolve));
      return n;
    }, never);
  const accepted = [1, 2, 3, 4, 5].map(work);
  await expect(work(6)).rejects.toThrow(Overloaded);
  expect(order).toEqual([1, 2]);
  while (order.length < 5) {
    finish.shift()?.();
    await new Promise(setImmediate);
  }
  for (const end of finish) end();
  expect(await Promise.all(accepted)).toEqual([1, 2, 3, 4, 5]);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test('an item is returned after a failure', async () => {
  const pool = new Pool(['a'], 0);
  await expect(pool.use(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  expect(await pool.use(async (item) => item, never)).toBe('a');
});

test('a caller who cancels leaves the queue, and gets no item', async () => {
  const pool = new Pool(['a'], 1);
  let finish = () => {};
  const first = pool.use(() => new Promise<void>((resolve) => (finish = resolve)), never);
  const gone = new AbortController();
  const waiting = pool.use(() => expect.unreachable(), gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  const next = pool.use(async (item) => item, never);
  finish();
  expect(await next).toBe('a');
  await first;
});

test('the caller who has used the least is next, and takes the place of another in a full queue', async () => {
  const budgets = new Budgets(10);
  const [busy, rare] = [budgets.of('busy'), budgets.of('rare')];
  busy.charge(5_000);
  const pool = new Pool(['a'], 3);
  const order: string[] = [];
  let finish = () => {};
  const first = pool.use(() => new Promise<void>((resolve) => (finish = resolve)), never, busy);
  const call = (name: string, budget = busy) => pool.use(async () => order.push(name), never, budget);
  const waiting = [call('busy 1'), call('busy 2'), call('busy 3')];
  const refused = expect(waiting[2]).rejects.toThrow(Overloaded);
  const preferred = call('rare', rare);
  await refused;
  await expect(call('busy 4')).rejects.toThrow(Overloaded);
  finish();
  await Promise.all([first, preferred, ...waiting.slice(0, 2)]);
  expect(order).toEqual(['rare', 'busy 1', 'busy 2']);
});
