import { executionAsyncResource } from 'node:async_hooks';

const kept = new Set<object>();

/**
 * Keeps the object of one `process.nextTick` alive. If none is left at a garbage collection, V8 forgets their common shape, and from then on
 * Node 24 takes five to ten times as long for each: 2 to 3 µs of the 30 µs of a small answer.
 */
export function keepNextTickFast(): void {
  process.nextTick(() => {
    kept.add(executionAsyncResource());
  });
}
