/** Round trips: sales written down in one of many ways are found again, exactly, with nothing said of the way. */
import { withMark } from '@property-insights/database';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sale } from '../../src/formats/format.ts';
import { readTable } from './support.ts';

/** What is written of a sale. */
type Written = Pick<
  Sale,
  'price' | 'contractDate' | 'address' | 'locality' | 'bedrooms' | 'floorArea' | 'latitude' | 'longitude'
>;

const written = ({
  price,
  contractDate,
  address,
  locality,
  bedrooms,
  floorArea,
  latitude,
  longitude,
}: Sale): Written => ({
  price,
  contractDate,
  address,
  locality,
  bedrooms,
  floorArea,
  latitude,
  longitude,
});

// What no file of text can hold, or what stands for nothing, is no value.
const text = (unit: fc.Arbitrary<string>) =>
  fc
    .string({ unit, minLength: 1, maxLength: 20 })
    .map((text) => text.trim())
    .filter((text) => /\p{L}/u.test(text) && !/^(na|n\/a|#n\/a|nan|null|none|\\n)$/i.test(text));
const latin = fc.constantFrom(
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \'",;|\t-/.()&éèüößñçÅ',
);
const any = fc.constantFrom(...'abcdefghijk XYZ 0123456789 \'",;|\t-/.()&éüßñ東京都Москва🏠');
const day = fc
  .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2029-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const hundredths = (most: number) => fc.integer({ min: 1, max: most * 100 }).map((value) => value / 100);

const sale = (unit: fc.Arbitrary<string>): fc.Arbitrary<Written> =>
  fc.record({
    price: fc.integer({ min: 1, max: 99_999_999 }),
    contractDate: day,
    address: text(unit),
    locality: fc.option(text(unit)),
    bedrooms: fc.option(fc.integer({ min: 0, max: 12 })),
    floorArea: fc.option(hundredths(5000)),
    latitude: fc.constant(-33.8688),
    longitude: fc
      .integer({ min: -17_999, max: 17_999 })
      .map((value) => value / 100 + 0.001)
      .map((value) => Number(value.toFixed(3))),
  });

interface Style {
  encoding: 'utf-8' | 'utf-8 with a mark' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  delimiter: ',' | ';' | '\t' | '|';
  quoteAll: boolean;
  lineEnd: '\n' | '\r\n' | '\r';
  lastLineEnd: boolean;
  titles: number;
  decimal: '.' | ',';
  thousands: '' | ' ' | "'" | 'other';
  currency: '' | '$' | ' €' | 'AUD ';
  date: 'iso' | 'dmy' | 'mdy' | 'd.m.y' | 'compact' | 'named';
}

const style: fc.Arbitrary<Style> = fc.record({
  encoding: fc.constantFrom('utf-8', 'utf-8 with a mark', 'utf-16le', 'utf-16be', 'windows-1252'),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quoteAll: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  lastLineEnd: fc.boolean(),
  titles: fc.integer({ min: 0, max: 3 }),
  decimal: fc.constantFrom('.', ','),
  thousands: fc.constantFrom('', ' ', "'", 'other'),
  currency: fc.constantFrom('', '$', ' €', 'AUD '),
  date: fc.constantFrom('iso', 'dmy', 'mdy', 'd.m.y', 'compact', 'named'),
});

const table = style.chain((style) =>
  fc.record({
    style: fc.constant(style),
    sales: fc.array(sale(style.encoding === 'windows-1252' ? latin : any), { minLength: 4, maxLength: 20 }),
  }),
);

function write({ sales, style }: { sales: Written[]; style: Style }): Buffer {
  const { delimiter, decimal, lineEnd } = style;
  const quoted = (value: string) =>
    style.quoteAll || value.includes(delimiter) || /["\r\n]/.test(value) || /^'|'$/.test(value)
      ? `"${value.replaceAll('"', '""')}"`
      : value;
  const number = (value: number | null, thousands = style.thousands) => {
    if (value === null) return '';
    const [whole, fraction] = String(value).split('.') as [string, string | undefined];
    const mark = thousands === 'other' ? (decimal === '.' ? ',' : '.') : thousands;
    return whole.replace(/\B(?=(\d{3})+$)/g, mark) + (fraction ? decimal + fraction : '');
  };
  const rows = sales.map((sale) => [
    withMark(sale.address),
    sale.locality ?? '',
    style.currency.startsWith(' ') ? number(sale.price) + style.currency : style.currency + number(sale.price),
    date(sale.contractDate as string, style.date),
    number(sale.bedrooms),
    number(sale.floorArea),
    number(sale.latitude),
    number(sale.longitude),
  ]);
  const titles = Array.from({ length: style.titles }, (_, i) => [`Sales, part ${i + 1}`]);
  const header = ['Address', 'Suburb', 'Sale Price', 'Sold on', 'Beds', 'Floor area (m²)', 'Lat', 'Long'];
  const records = [...titles, header, ...rows].map((record) => record.map(quoted).join(delimiter));
  const text = records.join(lineEnd) + (style.lastLineEnd ? lineEnd : '');
  switch (style.encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-8 with a mark':
      return Buffer.from(`\uFEFF${text}`);
    case 'utf-16le':
      return Buffer.from(`\uFEFF${text}`, 'utf16le');
    case 'utf-16be':
      return Buffer.from(`\uFEFF${text}`, 'utf16le').swap16();
    case 'windows-1252':
      return Buffer.from(text.replaceAll('€', '\x80'), 'latin1');
  }
}

function date(iso: string, form: Style['date']): string {
  const [year, month, day] = iso.split('-') as [string, string, string];
  switch (form) {
    case 'iso':
      return iso;
    case 'dmy':
      return `${day}/${month}/${year}`;
    case 'mdy':
      return `${Number(month)}/${Number(day)}/${year}`;
    case 'd.m.y':
      return `${day}.${month}.${year}`;
    case 'compact':
      return `${year}${month}${day}`;
    case 'named':
      return new Intl.DateTimeFormat('en-AU', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
  }
}

describe('a table of sales, in whatever dialect', () => {
  test('is read as it was written, or becomes a question', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (table) => {
        const { decimal, date } = table.style;
        let read = await readTable(write(table));
        const { questions } = read.resolution;
        if (questions.length > 0) {
          // Then nothing in the table could have shown it.
          for (const { member } of questions) expect(['date_order', 'decimal']).toContain(member);
          const answers = { date_order: date === 'mdy' ? 'mdy' : 'dmy', decimal } as const;
          read = await readTable(
            write(table),
            Object.fromEntries(questions.map(({ member }) => [member, answers[member as keyof typeof answers]])),
          );
          expect(read.resolution.questions).toEqual([]);
        }
        expect(read.rejects).toEqual([]);
        expect(read.sales.map(written)).toEqual(table.sales);
      }),
      { numRuns: 100 },
    );
  });
});
