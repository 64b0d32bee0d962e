import { describe, expect, test } from 'vitest';
import { nameOf, titleOf, valueText } from '../src/attributes.ts';
import { Formatter } from '../src/format.ts';
import { wordsIn } from '../src/words/index.ts';

describe('a value as text', () => {
  const en = new Formatter('en', 'AUD');
  const de = new Formatter('de', 'AUD');

  test.each([
    [1_015_000, 'money', '$1,015,000', '1.015.000 $'],
    [1_015_000, 'short_money', '$1.02m', '1,02 Mio. $'],
    [1_005_000, 'short_money', '$1.01m', '1,01 Mio. $'],
    [999_950, 'short_money', '$1m', '1 Mio. $'],
    [999_499, 'short_money', '$999k', '999 Tsd. $'],
    [167_512_000_000, 'short_money', '$168bn', '168 Mrd. $'],
    [950, 'short_money', '$950', '950 $'],
    [999_499, 'estimate', '$999,000', '999.000 $'],
    [12_345, 'count', '12,345', '12.345'],
    [0.159, 'change', '+15.9%', '+15,9 %'],
    [-0.0124, 'change', '−1.2%', '−1,2 %'],
    [0.0004, 'change', '0.0%', '0,0 %'],
    [-0.0004, 'change', '0.0%', '0,0 %'],
    [0.557, 'share', '55.7%', '55,7 %'],
    [0.0004, 'share', '< 0.1%', '< 0,1 %'],
    [0, 'share', '0.0%', '0,0 %'],
    [104.25, 'index', '104.3', '104,3'],
    [null, 'money', '–', '–'],
    ['2024-09-30', 'date', '30 Sep 2024', '30. Sept. 2024'],
    ['2024-09-01', 'month', 'Sep 2024', 'Sept. 2024'],
    ['2024-07-01', 'quarter', 'Q3 2024', 'Q3 2024'],
    ['2024-01-01', 'year', '2024', '2024'],
    ['=1+1', 'text', '=1+1', '=1+1'],
  ] as const)('%s as %s', (value, format, english, german) => {
    const plain = (text: string) => text.replaceAll('\u00a0', ' ');
    expect(plain(en.text(value, format))).toBe(english);
    expect(plain(de.text(value, format))).toBe(german);
  });

  test('a range of months names the year once', () => {
    expect(en.months('2024-01-05', '2024-09-30')).toBe('January to September 2024');
    expect(en.months('2023-12-05', '2024-09-30')).toBe('December 2023 to September 2024');
    expect(de.months('2024-01-05', '2024-01-30')).toBe('Januar 2024');
  });

  test('other currencies have their symbols', () => {
    expect(new Formatter('en', 'GBP').text(250_000, 'money')).toBe('£250,000');
  });
});

describe('an attribute of a dwelling', () => {
  const words = wordsIn('de');
  const format = new Formatter('de', 'AUD');

  test.each([
    ['year_renovated', 2004, 'Jahr der Renovierung', '2004'],
    ['waterfront', 1, 'Am Wasser', 'ja'],
    ['new_build', 0, 'Neubau', 'nein'],
    ['land_area', 1_200, 'Grundstücksfläche, m²', '1.200'],
    ['lease_remaining', 61.5, 'Restlaufzeit des Erbbaurechts, Jahre', '61,5'],
    ['bedrooms', 1, 'Schlafzimmer', '1'],
    ['flat_model', 'Improved', 'Wohnungsmodell', 'Improved'],
  ])('%s: %s', (name, value, title, text) => {
    expect([titleOf(name, words), valueText(name, value, words, format)]).toEqual([title, text]);
  });

  test('has a name without its unit', () => {
    expect(nameOf('contract_date', words)).toBe('Vertragsdatum');
    expect(nameOf('land_area', words)).toBe('Grundstücksfläche');
  });
});

test('amounts and their units stay on one line', () => {
  expect(new Formatter('de', 'AUD').text(1_270_000, 'short_money')).not.toContain(' ');
});
