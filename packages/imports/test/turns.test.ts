import { expect, it } from 'vitest';
import { Turns } from '../src/jobs/turns.ts';

/** Does the work of callers, all of which is there when the first begins. Returns the order in which it was done. */
async function orderOf(...work: string[]): Promise<string[]> {
  const turns = new Turns();
  const done: string[] = [];
  const one = (name: string) =>
    turns.do(name.charAt(0), async () => {
      await new Promise(setImmediate);
      done.push(name);
    });
  await Promise.all(work.map(one));
  return done;
}

it('does the work of one caller in its order', async () => {
  expect(await orderOf('a1', 'a2', 'a3')).toEqual(['a1', 'a2', 'a3']);
});

it('lets callers take turns', async () => {
  expect(await orderOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2')).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

it('does one at a time', async () => {
  const turns = new Turns();
  let under = 0;
  const most: number[] = [];
  const one = () =>
    turns.do('a', async () => {
      under += 1;
      most.push(under);
      await new Promise(setImmediate);
      under -= 1;
    });
  await Promise.all([one(), one(), one().then(one)]);
  expect(most).toEqual([1, 1, 1, 1]);
});

it('goes on after work that failed', async () => {
  const turns = new Turns();
  const failing = turns.do('a', () => Promise.reject(new Error('It failed.')));
  const next = turns.do('b', async () => {});
  await expect(failing).rejects.toThrow('It failed.');
  await next;
});
