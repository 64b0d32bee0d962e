import { expect, test } from 'vitest';
import { availableMemory } from '../src/available-memory.ts';

const GiB = 2 ** 30;

test('A container has its limit, and a process without one the memory of the machine', () => {
  expect(availableMemory({ limit: 2 * GiB, total: 4 * GiB, isTask: true })).toBe(2 * GiB);
  expect(availableMemory({ limit: 2 * GiB, total: 4 * GiB, isTask: false })).toBe(2 * GiB);
  // Node reports 0 or a number beyond all memory, depending on the system.
  for (const limit of [0, 2 ** 63]) expect(availableMemory({ limit, total: 4 * GiB, isTask: false })).toBe(4 * GiB);
});

test('A task without a limit does not start', () => {
  for (const limit of [0, 2 ** 63]) {
    expect(() => availableMemory({ limit, total: 4 * GiB, isTask: true })).toThrow('set memoryLimitMiB');
  }
});

test('The measured machine has memory', () => {
  expect(availableMemory()).toBeGreaterThan(GiB / 4);
});
