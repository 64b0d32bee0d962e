import { summary } from '@property-insights/analytics';
import { beforeAll, describe, expect, test } from 'vitest';
import { type FixtureStore, fixtureMarket } from '../../analytics/test/fixture-market.ts';
import { customReport, type ReportDocument, readDefinition, tablesOf } from '../src/index.ts';
import { render } from '../src/render/render.ts';
import { documentOfReport } from './fixture.ts';
import { sales } from './sales.ts';

const filters = { region: ['NSW'] };
const definition = {
  title: 'Two suburbs',
  filters,
  blocks: [
    { type: 'text', style: 'lead', markdown: 'Prices <b>rose</b>.' },
    {
      type: 'figures',
      question: 'summary',
      figures: [
        { member: 'median_price', title: 'Median', format: 'money' },
        { member: 'percentiles.p10', title: '10th percentile', format: 'money' },
        { member: 'first_sale', title: 'First' },
      ],
    },
    { type: 'heading', text: 'Over time' },
    { type: 'chart', kind: 'lines', alt: 'Medians.', question: 'trend', parameters: { group_by: 'type' } },
    { type: 'chart', kind: 'lines', alt: 'Index.', question: 'price-index', parameters: { method: ['median'] } },
    { type: 'chart', kind: 'spread', alt: 'Prices.', title: 'All' },
    { type: 'chart', kind: 'bars', alt: 'Sales.', question: 'areas', label: 'area', value: 'sales' },
    { type: 'map', alt: 'Places.' },
    {
      type: 'table',
      title: 'Areas',
      question: 'areas',
      columns: [
        { member: 'area', title: 'Place' },
        { member: 'median', title: 'Median', format: 'money' },
        { member: 'thin' },
      ],
    },
    {
      type: 'table',
      title: 'Years',
      name: 'years',
      question: 'areas',
      columns: ['mean', 'change', 'change_interval.lower'].map((member) => ({ member })),
    },
    { type: 'table', title: 'Types', name: 'types', question: 'summary', list: 'by_type' },
    { type: 'table', title: 'Sales', question: 'sales', parameters: { sort: 'price' } },
  ],
};

const market = fixtureMarket();
let store: FixtureStore;
let document: ReportDocument;

const write = (value: unknown, parameters = {}) =>
  documentOfReport(store, customReport('custom/two', readDefinition(value)), parameters);

beforeAll(async () => {
  market.write(sales());
  market.write(
    Array.from({ length: 1_200 }, (_, i) => ({
      property: 200_000 + i,
      price: 500_000 + i,
      address: `${i} Long Street`,
      locality: 'Perth',
      region: 'WA',
      contract_date: '2024-02-01',
    })),
  );
  store = await market.store();
  document = await write(definition);
});

describe('a custom report', () => {
  test('of an empty market has sentences instead of charts and maps', async () => {
    const empty = await fixtureMarket().store();
    const { blocks } = await documentOfReport(
      empty,
      customReport('custom/two', readDefinition({ ...definition, filters: {} })),
      {},
    );
    expect(blocks.filter(({ type }) => type === 'chart' || type === 'map')).toEqual([]);
    expect(JSON.stringify(blocks)).toContain('too few sales for a price index');
    expect(JSON.stringify(blocks)).toContain('has coordinates, so there is no map');
  });

  test('has the blocks of its definition, with the values of the answers', async () => {
    expect(document).toMatchObject({ kind: 'Report', title: 'Two suburbs', subtitle: 'NSW' });
    const answer = await store.ask(summary, filters);
    const { median_price, percentiles, first_sale } = answer as {
      median_price: number;
      percentiles: { p10: number };
      first_sale: string;
    };
    expect(document.blocks[1]).toMatchObject({
      figures: [
        { name: 'median_price', title: 'Median', value: median_price, format: 'money' },
        { name: 'percentiles_p10', value: percentiles.p10 },
        { name: 'first_sale', value: first_sale, format: 'date' },
      ],
    });
    expect(document.blocks.map((block) => ('chart' in block ? block.chart.kind : block.type))).toEqual([
      'text',
      'figures',
      'heading',
      'lines',
      'lines',
      'spread',
      'bars',
      'map',
      'table',
      'table',
      'table',
      'table',
    ]);
    const [areas, byDefault, types] = tablesOf(document);
    expect(areas?.columns.map(({ name, title, format }) => [name, title, format])).toEqual([
      ['area', 'Place', 'text'],
      ['median', 'Median', 'money'],
      ['thin', 'Thin', 'text'],
    ]);
    expect(areas?.rows.find(([area]) => area === 'Mosman')?.[2]).toBe('no');
    expect(byDefault?.columns.map(({ title, format }) => [title, format])).toEqual([
      ['Mean', 'money'],
      ['Change in a year', 'change'],
      ['Change interval lower', 'change'],
    ]);
    expect(types?.columns.map(({ name }) => name)).toContain('percentiles_p50');
  });

  test('is drawn as a page, in which markup stays text', async () => {
    const html = Buffer.from(await render(document, { kind: 'html' })).toString();
    expect(html).toContain('Prices &#60;b&#62;rose&#60;/b&#62;.');
    expect(html.match(/<figure role="img"/g)).toHaveLength(5);
  });

  test('takes filters of the request, which precede its own', async () => {
    const { subtitle, blocks } = await write(definition, { region: ['WA'] });
    expect(subtitle).toBe('WA');
    expect(blocks[1]).toMatchObject({ figures: [{ value: 500_599.5 }, {}, {}] });
  });

  test('lists the first thousand sales, and the address of all of them', async () => {
    const table = tablesOf(await write(definition, { region: ['WA'] })).at(-1);
    expect(table?.rows).toHaveLength(1_000);
    expect(table?.rest).toEqual({
      rows: 200,
      address: 'https://example.org/api/analytics/sales.csv?market=test&region=WA&as_of=3',
      parameters: { region: ['WA'], sort: 'price' },
    });
    const long = await write(definition, { region: ['WA'] });
    const html = Buffer.from(await render(long, { kind: 'html' })).toString();
    expect(html).toContain('200 more rows are in the file of all rows:');
  });

  test('has the ids of sales after what they are, if no columns are chosen', async () => {
    const table = tablesOf(
      await write({ title: 'Sales', blocks: [{ type: 'table', title: 'Sales', question: 'sales' }] }),
    )[0];
    const names = table?.columns.map(({ name }) => name) ?? [];
    expect(names[0]).toBe('contract_date');
    expect(names.slice(-2)).toEqual(['id', 'property_id']);
  });

  test('writes values in the unit that the schema of the answer states', async () => {
    const bins = (name: string, parameters: object) => ({
      name,
      type: 'table',
      title: 'Bins',
      question: 'distribution',
      parameters,
      columns: [{ member: 'from' }, { member: 'sales' }],
    });
    const figures = {
      type: 'figures',
      question: 'price-index',
      figures: [{ member: 'before', title: 'Sales before the first period' }],
    };
    const made = await write({
      title: 'Units',
      blocks: [bins('prices', {}), bins('times', { of: 'time_held' }), figures],
    });
    const formats = tablesOf(made).map(({ columns }) => columns.map(({ format }) => format));
    expect(formats).toEqual([
      ['money', 'count'],
      ['number', 'count'],
    ]);
    expect(made.blocks.at(-1)).toMatchObject({ figures: [{ format: 'count' }] });
  });

  test('states that a chart has fewer bars or lines than the answer', async () => {
    const many = fixtureMarket();
    many.write(
      Array.from({ length: 45 }, (_, i) => ({
        property: i,
        price: 500_000,
        address: `${i} Green St`,
        locality: `Place ${i}`,
        region: `Region ${i % 6}`,
        contract_date: '2024-05-01',
      })),
    );
    const blocks = [
      { type: 'chart', kind: 'bars', alt: 'A', note: 'Sales.', question: 'areas', label: 'area', value: 'sales' },
      { type: 'chart', kind: 'lines', alt: 'B', question: 'trend', parameters: { group_by: 'region' } },
    ];
    const cut = readDefinition({ title: 'Many', blocks });
    const made = await documentOfReport(await many.store(), customReport('custom/many', cut), {});
    expect(made.blocks).toMatchObject([
      { type: 'chart', note: 'Sales. The chart shows the first 40 of 45.' },
      { type: 'chart', note: 'The chart shows the first 4 of 6.' },
    ]);
    const german = await documentOfReport(await many.store(), customReport('custom/many', cut), { language: 'de' });
    expect(german.blocks).toMatchObject([{}, { note: 'Das Diagramm zeigt die ersten 4 von 6.' }]);
  });

  test('states that there is nothing to draw in an empty market', async () => {
    const empty = await fixtureMarket().store();
    const unfiltered = {
      ...definition,
      filters: {},
      blocks: definition.blocks.filter(({ question }) => question !== 'price-index'),
    };
    const { blocks } = await documentOfReport(empty, customReport('custom/two', readDefinition(unfiltered)), {});
    expect(blocks.filter(({ type }) => type === 'chart' || type === 'map')).toEqual([]);
    expect(Buffer.from(await render({ ...document, blocks }, { kind: 'html' })).toString()).toContain(
      'No sale matches',
    );
  });
});

describe('a definition is refused with the member that is wrong', () => {
  const withBlock = (block: unknown) => ({ title: 'A', blocks: [block] });
  test.each<[unknown, string]>([
    [null, 'The definition must be object; it is null.'],
    [{ title: 'A' }, 'The definition must have the member blocks.'],
    [{ title: 5, blocks: [{}] }, 'title must be string; it is 5.'],
    [{ title: 'A', blocks: [] }, 'blocks must not have fewer than 1 items; it is [].'],
    [{ title: 'A', blocks: [{}], colour: 'red' }, 'There is no member colour; known here are title, subtitle,'],
    [
      { title: 'A', filters: { market: 'x' }, blocks: [{}] },
      'There is no member filters.market; known here are region,',
    ],
    [withBlock({ type: 'pie' }), 'blocks[0].type must be one of heading, text, figures, table, chart, map, not "pie".'],
    [withBlock({ type: 'chart' }), 'blocks[0].kind must be one of lines, bars, spread, not missing.'],
    [withBlock({ type: 'heading', text: '' }), 'blocks[0].text must not have fewer than 1 characters; it is "".'],
    [withBlock({ type: 'table', title: 'A', question: 'x' }), 'blocks[0].question must be one of summary, trend,'],
    [
      withBlock({ type: 'table', title: 'A', question: 'areas', parameters: { level: 'planet' } }),
      'blocks[0].parameters: level must be one of region,',
    ],
    [
      withBlock({ type: 'table', title: 'A', question: 'areas', parameters: { market: 'nsw' } }),
      'blocks[0].parameters: all blocks are of one market',
    ],
    [
      withBlock({ type: 'table', title: 'A', question: 'areas', columns: [{ member: 'x' }] }),
      'blocks[0].columns[0].member: there is no member "x"; there are area, region,',
    ],
    [
      withBlock({ type: 'table', title: 'A', question: 'areas', columns: [{ member: 'area', format: 'money' }] }),
      'blocks[0].columns[0].format must be text, date, month, quarter or year, because the values are not numbers.',
    ],
    [
      withBlock({ type: 'table', title: 'A', question: 'summary' }),
      'blocks[0]: the answer to summary has no list of its own; set `list` to one of by_region, by_type.',
    ],
    [
      withBlock({ type: 'figures', question: 'summary', figures: [{ member: 'percentiles', title: 'A' }] }),
      'blocks[0].figures[0].member: "percentiles" is an object; name a member with one value, such as percentiles.p10.',
    ],
    [
      withBlock({ type: 'figures', question: 'summary', figures: [{ member: '__proto__', title: 'A' }] }),
      'blocks[0].figures[0].member: there is no member "__proto__"',
    ],
    [
      { title: 'A', blocks: [1, 2].map(() => ({ type: 'table', title: 'A', question: 'areas' })) },
      'Two tables have the name "areas"; give each its own `name`.',
    ],
  ])('%j', (value, message) => {
    expect(() => readDefinition(value)).toThrow(message);
  });
});
