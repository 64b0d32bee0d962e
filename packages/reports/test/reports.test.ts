import { summary } from '@property-insights/analytics';
import { imageSize } from 'image-size';
import { beforeAll, describe, expect, test } from 'vitest';
import { type FixtureStore, fixtureMarket, type SaleFixture, storeOf } from '../../analytics/test/fixture-market.ts';
import { simpleBlocks } from '../src/document.ts';
import { csvOf, Renderer, type ReportDocument, reports, tablesOf } from '../src/index.ts';
import { render } from '../src/render/render.ts';
import { marksOf, minMarks } from './chart-marks.ts';
import { documentOf } from './fixture.ts';
import { parameters, sales } from './sales.ts';

const market = fixtureMarket();
let store: FixtureStore;
const documents = new Map<string, ReportDocument>();
/** The answers that each report was made of. */
const answers = new Map<string, unknown[]>();

beforeAll(async () => {
  market.write(sales());
  store = await market.store();
  for (const { name } of reports) {
    const recorded: unknown[] = [];
    const ask: FixtureStore['ask'] = async (question, asked) => {
      const answer = await store.ask(question, asked);
      recorded.push(answer);
      return answer;
    };
    documents.set(name, await documentOf({ ask }, name, parameters[name]));
    answers.set(name, recorded);
  }
});

/** Every number in a value. */
function numbersIn(value: unknown): Set<number> {
  if (typeof value === 'number') return new Set([value]);
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.values(value).flatMap((each) => [...numbersIn(each)]));
}

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

  test('is HTML without anything from elsewhere, in which names are text', async () => {
    const html = Buffer.from(await render(documents.get(name) as ReportDocument, { kind: 'html' })).toString();
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
    expect(html.indexOf('class="citation"')).toBeLessThan(html.indexOf('class="appendix"') >>> 0);
    const drawn = simpleBlocks((documents.get(name) as ReportDocument).blocks).filter(
      (block) => block.type === 'chart' || block.type === 'map',
    );
    const pictures = html.match(/<figure role="img" aria-label="[^"]+".*?<\/figure>/gs) ?? [];
    expect(pictures).toHaveLength(drawn.length);
    for (const [i, block] of drawn.entries()) {
      const drawings = pictures[i]?.match(/<svg.*?<\/svg>/gs) ?? [];
      // One across the page is drawn for narrow screens too.
      expect(drawings).toHaveLength(/^<svg[^>]* width="640"/.test(drawings[0] ?? '') ? 2 : 1);
      for (const drawing of drawings) {
        if (block.type === 'map') expect(drawing.match(/<circle/g)).toHaveLength(block.points.length);
        else expect(marksOf(drawing), block.alt).toBeGreaterThanOrEqual(minMarks(block.chart));
      }
    }
  });

  test('has the values of answers only, and shares of them', () => {
    const known = numbersIn(answers.get(name));
    const isShare = (value: number) =>
      [...known].some((all) => known.has(Math.round(value * all)) && Math.round(value * all) / all === value);
    const { blocks } = documents.get(name) as ReportDocument;
    const values = simpleBlocks(blocks).map((block) => {
      if (block.type === 'table') return block.rows;
      if (block.type === 'figures') return block.figures.map(({ value, range }) => [value, range]);
      return block.type === 'chart' ? block.chart : block.type === 'map' ? block.points : null;
    });
    expect([...numbersIn(values)].filter((value) => !known.has(value) && !isShare(value))).toEqual([]);
  });

  test('is a picture, which has the same bytes again', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => render(documents.get(name) as ReportDocument, { kind: 'png' })),
    );
    expect(imageSize(first as Uint8Array)).toMatchObject({ type: 'png', width: 1200, height: 630 });
    expect(Buffer.compare(first as Uint8Array, second as Uint8Array)).toBe(0);
  });

  test('states that a market is empty', async () => {
    const empty = await fixtureMarket().store();
    if (name === 'valuation' || name === 'area-comparison') {
      await expect(documentOf(empty, name, parameters[name])).rejects.toThrow(/Test Market has no/);
      return;
    }
    const document = await documentOf(empty, name);
    const html = Buffer.from(await render(document, { kind: 'html' })).toString();
    expect(html).toContain('No sale matches these filters, so there is nothing to report.');
    expect(html).not.toContain('<thead');
  });
});

test('a chart whose axis does not start at 0 states where it starts', async () => {
  const html = Buffer.from(await render(documents.get('market-report') as ReportDocument, { kind: 'html' })).toString();
  expect(html.match(/The axis starts at [^<]+/g)).toEqual(['The axis starts at 90.']);
});

test('the market report shows each hostile name as text', async () => {
  const html = Buffer.from(await render(documents.get('market-report') as ReportDocument, { kind: 'html' })).toString();
  const table = tablesOf(documents.get('market-report') as ReportDocument).find((each) => each.name === 'areas');
  expect(html).toContain('=HYPERLINK(&#34;http://evil.example&#34;,&#34;x&#34;)');
  expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;&#38;amp;');
  expect(html).not.toContain('\u001b');
  expect(csvOf(table as NonNullable<typeof table>)).toContain('"\'=HYPERLINK(""http://evil.example"",""x"")"');
});

test('a name does not change the prototype of all objects', async () => {
  const document = documents.get('data-quality') as ReportDocument;
  const chart = { kind: 'bars' as const, format: 'count' as const, items: [{ name: '__proto__', value: 1 }] };
  const drawn = { ...document, blocks: [{ type: 'chart' as const, alt: 'Sales', chart }] };
  const html = Buffer.from(await render(drawn, { kind: 'html' })).toString();
  expect(html).toMatch(/<text[^>]*>__proto__<\/text>/);
  const inherited = [];
  for (const name in {}) inherited.push(name);
  expect(inherited).toEqual([]);
  await expect(render(drawn, { kind: 'png' })).resolves.toBeDefined();
});

test('the market report has the index of the method chosen for the market, and calls its periods by their length', async () => {
  const chosen = fixtureMarket();
  chosen.write(sales());
  chosen.chooseIndexMethod('hedonic');
  const document = await documentOf(await chosen.store(), 'market-report', { interval: 'quarter' });
  const headings = simpleBlocks(document.blocks).flatMap((block) => (block.type === 'heading' ? [block] : []));
  expect(headings.find(({ text }) => text === 'Price index')?.note).toMatch(/^Hedonic index, 100 in Q1 2023, /);
  const html = Buffer.from(await render(document, { kind: 'html' })).toString();
  expect(html).toContain('>Q1 2023<');
  expect(html).not.toContain('>1 Jan 2023<');
});

test('the levels of the market report are of the last twelve covered months, unless it is asked for a period', async () => {
  const { covered, sales: all } = await store.ask(summary, {});
  expect(covered).toMatchObject({ from: '2023-01-01', to: '2024-06-30' });
  const salesOf = async (parameters: Record<string, unknown>) => {
    const document = await documentOf(store, 'market-report', parameters);
    const figures = simpleBlocks(document.blocks).flatMap((block) => (block.type === 'figures' ? block.figures : []));
    return figures.find(({ name }) => name === 'sales')?.value;
  };
  const { sales: recent } = await store.ask(summary, { sold_from: '2023-07-01', sold_to: '2024-06-30' });
  expect(recent).toBeLessThan(all);
  expect(await salesOf({})).toBe(recent);
  expect(await salesOf({ sold_from: '2023-01-01' })).toBe(all);
});

test('the market report states the change of a year, although its levels are of one year', async () => {
  const longer = fixtureMarket();
  const yearBefore = ({ contract_date: day, ...sale }: SaleFixture) => ({
    ...sale,
    property: (sale.property ?? 0) + 100_000,
    price: Math.round(0.9 * (sale.price ?? 0)),
    contract_date: `${Number(day?.slice(0, 4)) - 1}${day?.slice(4)}`,
  });
  longer.write([...sales(), ...sales().map(yearBefore)]);
  const of = await longer.store();
  const { change_over_one_year: change } = await of.ask(summary, {});
  expect(change).not.toBeNull();
  const { blocks } = await documentOf(of, 'market-report');
  const figures = simpleBlocks(blocks).flatMap((block) => (block.type === 'figures' ? block.figures : []));
  expect(figures.find(({ name }) => name === 'change')?.value).toBe(change);
});

test('the market report states which areas moved, also in a market of less than two years', async () => {
  const busy = fixtureMarket();
  const thrice = sales().flatMap((sale) =>
    [0, 1, 2, 3].map((i) => ({
      ...sale,
      property: (sale.property ?? 0) + 100_000 * i,
      price: (sale.price ?? 0) + 1_000 * i,
    })),
  );
  const manly = thrice.flatMap((sale) =>
    sale.locality === 'Mosman' ? [{ ...sale, property: 1_000_000 + (sale.property ?? 0), locality: 'Manly' }] : [],
  );
  busy.write([...thrice, ...manly]);
  const { blocks } = await documentOf(await busy.store(), 'market-report');
  const chart = simpleBlocks(blocks).find((block) => block.type === 'chart' && block.chart.kind === 'changes');
  expect(chart).toMatchObject({ alt: expect.stringMatching(/Mosman \+\d/) });
});

test('a report in German has German types and reasons, and no bars of what no sale states', async () => {
  const some = fixtureMarket();
  some.write(
    sales().map((sale, i) => ({
      ...sale,
      ...(i < 9 && { non_standard: 'part interest' }),
      ...(i > 100 && { bedrooms: 3 }),
    })),
  );
  const of = await some.store();
  const quality = JSON.stringify(await documentOf(of, 'data-quality', { language: 'de' }));
  expect(quality).toContain('9 nur eines Anteils');
  expect(quality).toMatch(/Von keinem Verkauf angegeben: .*Badezimmer/);
  expect(quality).not.toMatch(/"name":"Badezimmer","value":1}/);
  expect(quality).toMatch(/"name":"Schlafzimmer","value":0/);
  const missing = tablesOf(await documentOf(of, 'data-quality')).find(({ name }) => name === 'missing');
  const partly = missing?.rows.filter(([, , share]) => Number(share) < 1).length;
  expect(missing).toMatchObject({ shown: partly, plot: { rows: partly } });
  expect(missing?.rows.slice(partly).every(([, , share]) => share === 1)).toBe(true);
  const report = await documentOf(of, 'market-report', { language: 'de' });
  expect(
    tablesOf(report)
      .find(({ name }) => name === 'types')
      ?.rows.map(([type]) => type),
  ).toEqual(['Haus', 'Wohnung']);
});

test('the market report shows the notes of its periods by choice, numbered on charts and as sentences', async () => {
  expect(JSON.stringify(documents.get('market-report'))).not.toContain('Stamp duty');
  const document = await documentOf(store, 'market-report', { notes: true });
  const charts = simpleBlocks(document.blocks).flatMap((block) =>
    block.type === 'chart' && block.chart.kind === 'lines' ? [block.chart] : [],
  );
  expect(charts.length).toBeGreaterThan(0);
  for (const { notes = [], periods } of charts) {
    expect(notes).toMatchObject([{ number: 1, text: 'Stamp duty is abolished for first buyers.' }]);
    for (const { period, at, day } of notes) {
      expect((periods[period]?.day ?? '') <= day).toBe(true);
      expect(Math.abs(at - period)).toBeLessThanOrEqual(0.5);
    }
  }
  const html = Buffer.from(await render(document, { kind: 'html' })).toString();
  expect(html.match(/: Stamp duty is abolished for first buyers\./g)).toHaveLength(charts.length);
  expect(html).not.toContain('The states federate');
});

test('a commentary precedes the first heading', async () => {
  const { blocks } = await documentOf(store, 'market-report', { commentary: 'Prices **rose**.' });
  const at = blocks.findIndex(({ type }) => type === 'heading');
  expect(blocks[at]).toMatchObject({ text: 'Commentary' });
  expect(blocks[at + 1]).toMatchObject({
    paragraphs: [{ runs: [{ text: 'Prices ' }, { text: 'rose', bold: true }, { text: '.' }] }],
  });
});

test('the data quality begins with the covered period, which a single date does not move', async () => {
  const one = sales()[0] as SaleFixture;
  const stray = await storeOf([...sales(), { ...one, property: 95_000, contract_date: '1901-01-01' }]);
  const document = await documentOf(stray, 'data-quality');
  const [lead] = simpleBlocks(document.blocks).filter(({ type }) => type === 'text');
  expect(JSON.stringify(lead)).toContain('It has nine of ten sales or more from 1 Jan 2023 to 30 Jun 2024.');
});

describe('the renderer', () => {
  test('makes the same bytes as this thread, and refuses more documents than may wait', async () => {
    const renderer = new Renderer({ maxWaiting: 1 });
    const document = documents.get('data-quality') as ReportDocument;
    const made = renderer.render(document, { kind: 'html' });
    const waiting = renderer.render(document, { kind: 'html' });
    await expect(renderer.render(document, { kind: 'html' })).rejects.toThrow('Too many reports');
    expect(Buffer.compare(await made, await render(document, { kind: 'html' }))).toBe(0);
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
  const html = Buffer.from(await render(document, { kind: 'html' })).toString();
  expect(html).toContain('<html lang="de">');
  expect(html).toContain('Datenversion 3 vom 1. Juli 2024');
});
