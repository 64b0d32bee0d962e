import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areaUnit, moneyUnitNamed, readArea, readDate, readMoney, readNumber } from '../../src/mapping/readings.ts';

const day = fc
  .date({ min: new Date('1600-01-01T00:00:00Z'), max: new Date('2999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('a date', () => {
  test('is read whatever form it is written in', () => {
    const time = fc.constantFrom(
      '',
      ' 00:00',
      'T00:00:00',
      ' 12:34:56.789',
      'T10:00:00Z',
      ' 10:00:00+02:00',
      ' 3:04 PM',
    );
    fc.assert(
      fc.property(day, fc.constantFrom('-', '/', '.'), time, (iso, mark, time) => {
        const [year, month, date] = iso.split('-') as [string, string, string];
        const short = (text: string) => String(Number(text));
        const sure = [
          `${year}${mark}${month}${mark}${date}`,
          `${year}${mark}${short(month)}${mark}${short(date)}`,
          `${year}${month}${date}`,
        ];
        for (const text of sure) expect(readDate(text + time)).toEqual({ dmy: iso, mdy: iso });
        for (const text of [
          `${date}${mark}${month}${mark}${year}`,
          `${short(date)}${mark}${short(month)}${mark}${year}`,
        ]) {
          expect(readDate(text + time).dmy).toBe(iso);
        }
        expect(readDate(`${short(month)}${mark}${short(date)}${mark}${year}${time}`).mdy).toBe(iso);
      }),
    );
  });

  test('is read with the names of months in fifteen languages', () => {
    const language = fc.constantFrom(
      'en-US',
      'en-GB',
      'de',
      'fr',
      'es',
      'it',
      'nl',
      'pt',
      'cs',
      'pl',
      'sv',
      'nb',
      'fi',
    );
    fc.assert(
      fc.property(day, language, fc.constantFrom('full', 'long', 'medium'), (iso, language, dateStyle) => {
        const text = new Intl.DateTimeFormat(language, { dateStyle, timeZone: 'UTC' }).format(new Date(iso));
        // Some write the medium form in digits.
        if (/\p{L}{3}/u.test(text)) expect(readDate(text)).toEqual({ dmy: iso, mdy: iso });
      }),
    );
  });

  test.each([
    ['2012-03', '2012-03-01'],
    ['April 2015', '2015-04-01'],
    ['3rd Apr 2015', '2015-04-03'],
    ['1er janvier 2024', '2024-01-01'],
    ['15. ledna 2024', '2024-01-15'],
    ['2024年1月15日', '2024-01-15'],
    ['Monday, 15 January 2024', '2024-01-15'],
    ['Mon Jan 15, 2024 12:00 AM', '2024-01-15'],
    ["'2024-01-15", '2024-01-15'],
    ['2024-1', '2024-01-01'],
    ['1/2024', '2024-01-01'],
    ['03-APR-15', '2015-04-03'],
    ['20141013T000000', '2014-10-13'],
    ['31/12/68', '2068-12-31'],
    ['31/12/69', '1969-12-31'],
  ])('%s is %s', (text, iso) => {
    expect(readDate(text).dmy).toBe(iso);
  });

  test('is two where its order is not plain', () => {
    expect(readDate('03/04/2015')).toEqual({ dmy: '2015-04-03', mdy: '2015-03-04' });
    expect(readDate('13/04/2015')).toEqual({ dmy: '2015-04-13', mdy: '' });
    expect(readDate('04/04/2015')).toEqual({ dmy: '2015-04-04', mdy: '2015-04-04' });
  });

  test.each([
    '',
    'x',
    '2015',
    '201504',
    '31/02/2015',
    '2015-13-01',
    '1/2',
    '12 King St',
    '2015-04-03x',
    '1.5',
    'May',
    '0'.repeat(100),
  ])('"%s" is none', (text) => {
    expect(readDate(text)).toEqual({ dmy: '', mdy: '' });
  });
});

describe('a number', () => {
  test('is read as it is written in many countries', () => {
    const marks = {
      'en-AU': '.',
      'de-DE': ',',
      'fr-FR': ',',
      'de-CH': '.',
      'en-IN': '.',
      'it-IT': ',',
      'sv-SE': ',',
    } as const;
    const language = fc.constantFrom(...(Object.keys(marks) as (keyof typeof marks)[]));
    fc.assert(
      fc.property(
        language,
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: 0, max: 99 }),
        fc.boolean(),
        (language, whole, cents, useGrouping) => {
          const value = Number(`${whole}.${String(cents).padStart(2, '0')}`);
          const text = new Intl.NumberFormat(language, {
            minimumFractionDigits: 2,
            maximumFractionDigits: 2,
            useGrouping,
          }).format(value);
          expect(readNumber(text)[marks[language]]).toBe(value);
        },
      ),
    );
  });

  test('is what JavaScript writes', () => {
    // As text, -0 is 0.
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    fc.assert(
      fc.property(value, (value) => {
        expect(readNumber(String(value))['.']).toBe(value);
      }),
    );
  });

  test('is two where its decimals are not plain', () => {
    expect(readNumber('1.234')).toEqual({ '.': 1.234, ',': 1234 });
    expect(readNumber('12,345')).toEqual({ '.': 12_345, ',': 12.345 });
    expect(readNumber('1,234.5')).toEqual({ '.': 1234.5, ',': Number.NaN });
    expect(readNumber('0.500')).toEqual({ '.': 0.5, ',': Number.NaN });
    expect(readNumber('12')).toEqual({ '.': 12, ',': 12 });
  });

  test.each(['', 'x', '1,23,4', '1.2.3', '12 King St', '1.2m', '--1', '1e', '.', '9'.repeat(100)])(
    '"%s" is none',
    (text) => {
      expect(readNumber(text)).toEqual({ '.': Number.NaN, ',': Number.NaN });
    },
  );
});

describe('an amount of money', () => {
  test('is read with the sign or code of its currency', () => {
    const currency = fc.constantFrom('AUD', 'USD', 'EUR', 'GBP', 'CHF', 'JPY', 'INR', 'SEK');
    const display = fc.constantFrom('symbol', 'narrowSymbol', 'code') as fc.Arbitrary<'symbol'>;
    const language = fc.constantFrom('en-AU', 'en-US', 'de-DE', 'fr-FR', 'de-CH', 'en-IN');
    fc.assert(
      fc.property(
        language,
        currency,
        display,
        fc.integer({ min: 0, max: 10 ** 11 }),
        (language, currency, currencyDisplay, value) => {
          const text = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay }).format(value);
          expect(readMoney(text)[/^(de-DE|fr-FR)$/.test(language) ? ',' : '.']).toBe(value);
        },
      ),
    );
  });

  test.each([
    ['$450,000', 450_000],
    ['450.000 €', 450_000],
    ['(1,000)', -1000],
    ['-$5', -5],
    [' $-   ', 0],
    ['Rs.500', 500],
    ['$.5', 0.5],
    ['450,-', 450],
    ['1 250 000 kr', 1_250_000],
    ['1.225e+006', 1_225_000],
  ])('"%s" is %d', (text, amount) => {
    expect(Object.values(readMoney(text))).toContain(amount);
  });

  test('of three digits after its only point or comma probably has thousands', () => {
    expect(readMoney('450.000')).toMatchObject({ '.': 450, ',': 450_000, likely: 450_000 });
    expect(readMoney('$1.234m')).toMatchObject({ '.': 1_234_000, ',': 1_234_000_000, likely: Number.NaN });
  });

  test.each([
    ['1.2m', 1_200_000],
    ['$1.1 million', 1_100_000],
    ['1,2 Mio. €', 1_200_000],
    ['450k', 450_000],
    ['TEUR 850', 850_000],
    ['850 T€', 850_000],
    ['HK$6.85M', 6_850_000],
    ["$850'000", 850_000],
    ['3500万円', 35_000_000],
    ['1.5 crore', 15_000_000],
  ])('"%s" is scaled to %d', (text, amount) => {
    expect(Object.values(readMoney(text))).toContain(amount);
  });

  test.each([
    ['$5', 'AUD', true],
    ['A$5', 'AUD', true],
    ['US$5', 'AUD', false],
    ['$5', 'EUR', false],
    ['HRK 5', 'EUR', false],
    ['5 €', 'EUR', true],
    ['5 kr', 'NOK', true],
  ])('"%s" may be in %s: %s', (text, currency, possible) => {
    expect(readMoney(text).unit.currencies?.includes(currency)).toBe(possible);
  });

  test.each(['POA', '', '-', '$', '(5', '1 mil', '($-5)', '5 m2', '12 King St'])('"%s" is none', (text) => {
    expect(readMoney(text)).toMatchObject({ '.': Number.NaN, ',': Number.NaN, likely: Number.NaN });
  });

  test.each([
    ["Sale Price ($'000)", 1000],
    ['Price in TEUR', 1000],
    ['Preis (Tsd. €)', 1000],
    ['Price $m', 1_000_000],
    ['Price (m)', 1_000_000],
    ['Consideration (HK$ million)', 1_000_000],
    ['HK$M', 1_000_000],
    ['価格（万円）', 10_000],
    ['Sale Price ($)', 1],
    ['Price m', 1],
    ['SALE_PRICE_K', 1],
  ])('in a column "%s" is multiplied by %d', (heading, scale) => {
    expect(moneyUnitNamed(heading).scale).toBe(scale);
  });
});

test.each([
  ['650 m²', '650', 'm2'],
  ['650m2', '650', 'm2'],
  ['1,200 sq. ft.', '1,200', 'ft2'],
  ['0.5 ha', '0.5', 'ha'],
  ['2 Acres', '2', 'acre'],
  ['650', '650', undefined],
])('the area "%s" is %s in %s', (text, digits, unit) => {
  expect(readArea(text)).toEqual({ digits, unit });
});

test('a unit of area is known by its names', () => {
  expect(['sqft', 'Sq Ft', 'm²', 'SQM', 'hectares', 'Acres', 'king'].map(areaUnit)).toEqual([
    'ft2',
    'ft2',
    'm2',
    'm2',
    'ha',
    'acre',
    undefined,
  ]);
  expect(readArea('650 bananas')).toBeUndefined();
});
