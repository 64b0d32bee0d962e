import { expect, test } from 'vitest';
import { comparedPeriods, placeNotes } from '../src/index.ts';

const days = ['2024-01-01', '2024-02-01', '2024-03-01'];
const note = (day: string) => ({ day, text: day });

test('notes are placed in the periods of a chart, numbered by day', () => {
  const placed = placeNotes(
    ['2024-03-31', '2023-12-31', '2024-01-01', '2024-02-15', '2024-04-01'].map(note),
    days,
    'month',
  );
  expect(placed.map(({ day, number, period }) => [day, number, period])).toEqual([
    ['2024-01-01', 1, 0],
    ['2024-02-15', 2, 1],
    ['2024-03-31', 3, 2],
  ]);
  // The middle of a period is its index, and its first day half a period before.
  expect(placed.map(({ at }) => Number(at.toFixed(2)))).toEqual([-0.5, 0.98, 2.47]);
});

test('a chart without periods has no notes', () => {
  expect(placeNotes([note('2024-01-01')], [], 'month')).toEqual([]);
});

test('the periods that are compared are whole years, or quarters of a shorter covered period', () => {
  expect(comparedPeriods({ from: '2020-03-01', to: '2023-09-30' })).toEqual({
    from: '2022-10-01',
    to: '2023-09-30',
    before_from: '2021-10-01',
    before_to: '2022-09-30',
  });
  expect(comparedPeriods({ from: '2023-12-01', to: '2024-09-30' })).toEqual({
    from: '2024-07-01',
    to: '2024-09-30',
    before_from: '2023-12-01',
    before_to: '2024-02-29',
  });
  expect(comparedPeriods({ from: '2024-01-01', to: '2024-05-31' })).toBeUndefined();
});
