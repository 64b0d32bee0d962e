import { expect, test } from 'vitest';
import { Memo } from '../src/memo.ts';

const numbers = (length: number) => ({ numbers: Array.from({ length }, Math.random) });

test('a value is computed once while it is cached', async () => {
  const memo = new Memo();
  const value = await memo.get('a', async () => numbers(10));
  expect(await memo.get('a', async () => numbers(10))).toBe(value);
  expect(await memo.get('b', async () => numbers(10))).not.toBe(value);
});

test('a computation that fails is tried again', async () => {
  const memo = new Memo();
  await expect(memo.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect((await memo.get('a', async () => numbers(1))).numbers).toHaveLength(1);
});

test('beyond the bytes allowed the least recently used is dropped', async () => {
  const memo = new Memo(25_000);
  const compute = async () => numbers(1000);
  const [a, b] = [await memo.get('a', compute), await memo.get('b', compute)];
  expect(memo.bytes).toBeGreaterThan(2 * 8000);
  await memo.get('a', compute);
  await memo.get('c', compute);
  expect(memo.bytes).toBeLessThanOrEqual(25_000);
  expect(await memo.get('a', compute)).toBe(a);
  expect(await memo.get('b', compute)).not.toBe(b);
});
