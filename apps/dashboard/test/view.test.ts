import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  FIGURES,
  GROUPS,
  INTERVALS,
  LEVELS,
  MAX_ROWS,
  ORDERS,
  ROWS,
  readView,
  SORTS,
  SPANS,
  writeView,
} from '../src/view.ts';

const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 3 });
const views = fc.record({
  market: fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9-]*$/), { nil: undefined }),
  region: names,
  locality: names,
  postcode: names,
  type: names,
  interval: fc.constantFrom(...INTERVALS),
  group_by: fc.constantFrom(...GROUPS),
  span: fc.constantFrom(...SPANS),
  figures: fc.constantFrom(...FIGURES),
  level: fc.constantFrom(...LEVELS),
  sort: fc.constantFrom(...SORTS),
  order: fc.constantFrom(...ORDERS),
  limit: fc.integer({ min: 1, max: MAX_ROWS }),
});

test('the address contains the whole view', () => {
  fc.assert(
    fc.property(views, (view) => {
      expect(readView(writeView(view))).toEqual(view);
    }),
  );
});

test('the initial view has an empty address', () => {
  expect(writeView(readView(''))).toBe('');
});

test('invalid parameters of an address are ignored', () => {
  expect(readView('?interval=week&sort=price&order=up&level=street&limit=100000&span=&figures=1')).toEqual(
    readView(''),
  );
  expect(readView('?limit=-5').limit).toBe(ROWS);
});
