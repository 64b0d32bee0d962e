import { beforeAll, describe, expect, test } from 'vitest';
import { type FixtureStore, fixtureMarket, type SaleFixture } from '../../analytics/test/fixture-market.ts';
import { simpleBlocks } from '../src/document.ts';
import { csvOf, Renderer, type ReportDocument, reports, tablesOf } from '../src/index.ts';
import { render } from '../src/render/render.ts';
import { documentOf } from './fixture.ts';

/** Names that a document must show as they are. */
const hostile = [
  '=HYPERLINK("http://evil.example","x")',
  '<img src=x onerror=alert(1)>&amp;',
  '#import "@preview/x:1.0.0"; #panic() $x$ *b* _i_ @a <b> \\',
  'شارع النيل',
  '東京都 서울 กรุงเทพ',
  '🏠👩‍👩‍👧',
  `Llan${'fair'.repeat(75)}`,
  'null\u0000control\u001b and half a pair \ud800',
];
const months = Array.from({ length: 18 }, (_, i) => new Date(Date.UTC(2023, i, 15)).toISOString().slice(0, 10));

/** Sales of 18 months in two places and some with hostile names. */
function sales(): SaleFixture[] {
  const places = [
    { locality: 'Parramatta', region: 'NSW', postcode: '2150', latitude: -33.81, longitude: 151 },
    { locality: 'Mosman', region: 'NSW', postcode: '2088', latitude: -33.83, longitude: 151.24 },
  ];
  const plain = months.flatMap((day, i) =>
    places.flatMap((place, k) =>
      Array.from({ length: 8 }, (_, n) => ({
        ...place,
        property: 1000 * i + 100 * k + n,
        price: 700_000 + 400_000 * k + 9_000 * i + 21_000 * n,
        address: `${n + 1} Green St, ${place.locality}`,
        street: 'Green St',
        type: n % 3 === 0 ? 'Unit' : 'House',
        land_area: 400 + 10 * n,
        contract_date: day,
      })),
    ),
  );
  const others = hostile.map((name, i) => ({
    property: 90_000 + i,
    price: 500_000 + i,
    address: name.toWellFormed().replaceAll('\u0000', ''),
    locality: name.toWellFormed().replaceAll('\u0000', ''),
    region: 'NSW',
    type: 'House',
    contract_date: '2024-05-01',
    latitude: -33.8,
    longitude: 151.1,
  }));
  return [...plain, ...others];
}

const parameters: Record<string, Record<string, unknown>> = {
  'property-summary': { by: 'locality' },
  'market-report': {},
  'area-comparison': { area: ['Parramatta', 'Mosman'] },
  valuation: { id: 17_100 },
  'data-quality': {},
};

const market = fixtureMarket();
let store: FixtureStore;
const documents = new Map<string, ReportDocument>();

beforeAll(async () => {
  market.write(sales());
  store = await market.store();
  for (const { name } of reports) documents.set(name, await documentOf(store, name, parameters[name]));
});

describe.each(reports.map(({ name }) => name))('%s', (name) => {
  test('has tables with unique names, and rows as long as their columns', () => {
    const tables = tablesOf(documents.get(name) as ReportDocument);
    expect(new Set(tables.map((each) => each.name)).size).toBe(tables.length);
    for (const { columns, rows } of tables) {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toHaveLength(columns.length);
    }
  });

  test('is the same document for the same sales', async () => {
    expect(JSON.stringify(await documentOf(store, name, parameters[name]))).toBe(JSON.stringify(documents.get(name)));
  });

  test('is HTML without anything from elsewhere, in which names are text', () => {
    const html = Buffer.from(render(documents.get(name) as ReportDocument, { kind: 'html' })).toString();
    // Values of attributes and texts may say anything.
    const markup =
      html
        .replace(/<style>.*?<\/style>/s, '')
        .replace(/"[^"]*"/g, '""')
        .match(/<[^>]*>/g) ?? [];
    expect(markup.filter((tag) => /^<(script|img|iframe|object|embed|base|form)|\son\w+=/.test(tag))).toEqual([]);
    expect([...html.matchAll(/url\((?!data:|["']?#)/g)]).toEqual([]);
    expect([...html.matchAll(/<link (?!rel="icon" href="data:)/g)]).toEqual([]);
    expect(html).toContain('Register of Tests, CC BY 4.0');
    expect(html).toContain('as_of=3');
    const charts = simpleBlocks((documents.get(name) as ReportDocument).blocks).filter(({ type }) => type === 'chart');
    for (const picture of html.match(/<svg.*?<\/svg>/gs) ?? []) expect(picture).toMatch(/<(path|circle|rect|polyline)/);
    expect(html.match(/<figure role="img" aria-label="[^"]+"/g)?.length ?? 0).toBeGreaterThanOrEqual(charts.length);
  });

  test('states that a market is empty', async () => {
    const empty = await fixtureMarket().store();
    if (name === 'valuation' || name === 'area-comparison') {
      await expect(documentOf(empty, name, parameters[name])).rejects.toThrow(/Test Market has no/);
      return;
    }
    const document = await documentOf(empty, name);
    expect(Buffer.from(render(document, { kind: 'html' })).toString()).toContain('<h1');
  });
});

test('the market report shows each hostile name as text', () => {
  const html = Buffer.from(render(documents.get('market-report') as ReportDocument, { kind: 'html' })).toString();
  const table = tablesOf(documents.get('market-report') as ReportDocument).find((each) => each.name === 'areas');
  expect(html).toContain('=HYPERLINK(&#34;http://evil.example&#34;,&#34;x&#34;)');
  expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;&#38;amp;');
  expect(html).not.toContain('\u001b');
  expect(csvOf(table as NonNullable<typeof table>)).toContain('"=HYPERLINK(""http://evil.example"",""x"")"');
});

test('a commentary precedes the first heading', async () => {
  const { blocks } = await documentOf(store, 'market-report', { commentary: 'Prices **rose**.' });
  const at = blocks.findIndex(({ type }) => type === 'heading');
  expect(blocks[at]).toMatchObject({ text: 'Commentary' });
  expect(blocks[at + 1]).toMatchObject({
    paragraphs: [{ runs: [{ text: 'Prices ' }, { text: 'rose', bold: true }, { text: '.' }] }],
  });
});

describe('the renderer', () => {
  test('makes the same bytes as this thread, and refuses more documents than may wait', async () => {
    const renderer = new Renderer({ maxWaiting: 1 });
    const document = documents.get('data-quality') as ReportDocument;
    const made = renderer.render(document, { kind: 'html' });
    const waiting = renderer.render(document, { kind: 'html' });
    await expect(renderer.render(document, { kind: 'html' })).rejects.toThrow('Too many reports');
    expect(Buffer.compare(await made, render(document, { kind: 'html' }))).toBe(0);
    await waiting;
    await renderer.close();
  });

  test('stops a document that takes too long, and makes the next one', async () => {
    const renderer = new Renderer({ timeout: 1 });
    const document = documents.get('data-quality') as ReportDocument;
    await expect(renderer.render(document, { kind: 'html' })).rejects.toThrow('takes too long');
    await renderer.close();
  });
});

test.each(reports.map(({ name }) => name))('%s is in German', async (name) => {
  const document = await documentOf(store, name, { ...parameters[name], language: 'de' });
  const html = Buffer.from(render(document, { kind: 'html' })).toString();
  expect(html).toContain('<html lang="de">');
  expect(html).toContain('Datenversion 3 vom 1. Juli 2024');
});
