import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../../../test/property-tests.ts';
import { withMark, withoutMark } from '../src/formula.ts';

test.each([
  ['=HYPERLINK("x")', '\'=HYPERLINK("x")'],
  ['+61 Alpha St', "'+61 Alpha St"],
  ['-House', "'-House"],
  ['@SUM(1+1)', "'@SUM(1+1)"],
  ['\t=1+1', "'\t=1+1"],
  ['＝1+1', "'＝1+1"],
  ["'=1", "''=1"],
  ["Cœur d'Alène", "Cœur d'Alène"],
  ["'The Nest'", "'The Nest'"],
  ['3-4 Gamma St', '3-4 Gamma St'],
  ['', ''],
])('%j is written as %j', (text, cell) => {
  expect(withMark(text)).toBe(cell);
});

test('a mark is removed again, whatever the text is', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("'", '=', '-', 'a', '\t', '\n', '\r') }));
  fc.assert(fc.property(texts, (text) => withoutMark(withMark(text)) === text));
});
