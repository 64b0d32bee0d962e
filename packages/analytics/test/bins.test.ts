import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linearEdges, logEdges } from '../src/bins.ts';

test('edges are round numbers', () => {
  expect(linearEdges(0.11, 0.38, 3)).toEqual([0.1, 0.2, 0.3, 0.4]);
  expect(linearEdges(210_000, 1_950_000, 10)).toEqual([
    200_000, 400_000, 600_000, 800_000, 1_000_000, 1_200_000, 1_400_000, 1_600_000, 1_800_000, 2_000_000,
  ]);
  expect(linearEdges(7, 7, 30)).toContain(7);
  expect(logEdges(210, 1_950, 10)).toEqual([150, 220, 330, 470, 680, 1000, 1500, 2200]);
  expect(logEdges(210, 1_950, 3)).toEqual([200, 500, 1000, 2000]);
  expect(logEdges(0.5, 2_000_000, 3)).toEqual([0.1, 100, 100_000, 100_000_000]);
});

test('edges ascend, enclose all values, and make at most the number of bins requested', () => {
  const positive = fc.double({ min: 1e-3, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(positive, positive, fc.integer({ min: 1, max: 200 }), (a, b, most) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      for (const edges of [linearEdges(low, high, most), logEdges(low, high, most)]) {
        expect(edges.length).toBeGreaterThan(1);
        expect(edges.length - 1).toBeLessThanOrEqual(most);
        expect(edges[0]).toBeLessThanOrEqual(low);
        expect(edges.at(-1)).toBeGreaterThan(high);
        for (const [i, edge] of edges.slice(1).entries()) expect(edge).toBeGreaterThan(edges[i] as number);
      }
    }),
  );
});
