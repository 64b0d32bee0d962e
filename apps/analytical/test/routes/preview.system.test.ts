import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { deflatedZip, xlsxParts } from '../../../../packages/imports/test/helpers.ts';
import { countRevisions } from '../../../../test/database.ts';
import { createMarket, service } from '../service.ts';

const analytical = service();
const get = (url: string) => analytical.app.inject(url);

async function form(files: Record<string, string>, mapping?: object) {
  const data = new FormData();
  for (const [name, content] of Object.entries(files)) data.append('file', new Blob([content]), name);
  if (mapping) data.append('mapping', JSON.stringify(mapping));
  const response = new Response(data);
  return {
    payload: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') as string },
  };
}

const newMarket = () => createMarket(analytical);

async function preview(content: string, query: Record<string, string> = {}) {
  const url = `/api/imports/preview?${new URLSearchParams(query)}`;
  const headers = { 'content-type': 'text/csv' };
  return analytical.app.inject({ method: 'POST', url, payload: content, headers });
}

/** Imports files with a form, to the end. */
async function imported(code: string, files: Record<string, string>, mapping?: object) {
  const response = await analytical.app.inject({
    method: 'POST',
    url: `/api/imports?market=${code}`,
    ...(await form(files, mapping)),
  });
  expect(response.statusCode).toBe(202);
  for (;;) {
    const state = (await get(response.headers.location as string)).json();
    if (!['received', 'running'].includes(state.state)) return state;
    await setTimeout(50);
  }
}

const header = 'Sold;Kaufpreis;Street;House no;Suburb;Land (sqft)';
const plain = `${header}\n13/02/2024;450.000,50;King St;12;Newtown;2.500\n03/04/2024;1.250.000;Bay Rd;7A;Glebe;\n`;
const ambiguous = plain.replace('13/02', '11/02');

it('states how a table would be read, with the evidence, and its first rows as they would be imported', async () => {
  const response = await preview(plain, { filename: 'sales.csv' });
  expect(response.statusCode).toBe(200);
  const { market, files, more_files, error } = response.json();
  expect({ market, more_files, error }).toEqual({ market: 'demo', more_files: false, error: null });
  expect(files).toHaveLength(1);
  const [file] = files;
  expect(file).toMatchObject({
    name: 'sales.csv',
    format: 'table',
    error: null,
    mapping_origin: 'proposed',
    rows: 2,
    questions: [],
    rejects: [],
  });
  expect(file.mapping).toEqual({
    table: { encoding: 'utf-8', delimiter: ';', quote: '"', header: true, skip_rows: 0 },
    fields: {
      price: { column: 'Kaufpreis', decimal: ',', currency: 'AUD' },
      contract_date: { column: 'Sold', date_order: 'dmy' },
      house_number: { column: 'House no' },
      street: { column: 'Street' },
      locality: { column: 'Suburb' },
      land_area: { column: 'Land (sqft)', decimal: ',', unit: 'ft2' },
    },
  });
  expect(file.evidence).toContainEqual({
    member: 'fields.contract_date',
    text: '"Sold": 2 of 2 values are dates dd/mm/yyyy; 1 of them can only be that order',
  });
  expect(file.sales).toHaveLength(2);
  expect(file.sales[1]).toMatchObject({
    contract_date: '2024-04-03',
    price: 1_250_000,
    address: '7A Bay Rd, Glebe',
    locality: 'Glebe',
    land_area: null,
    details: null,
    deletes: false,
  });
});

it('asks for the order of day and month where it is ambiguous, in the preview and in the import, and uses the answer', async () => {
  const code = await newMarket();
  const [asked] = (await preview(ambiguous, { market: code })).json().files;
  const question =
    'the order of day and month in "Sold" is ambiguous: all 2 ambiguous values that were read, such as "11/02/2024", ' +
    'could be dd/mm/yyyy or mm/dd/yyyy; give date_order: "dmy" or "mdy" in the mapping';
  const [{ readings, ...shown }] = asked.questions;
  const coded_text = { code: 'date_order', columns: ['Sold'], values: 2, example: '11/02/2024' };
  expect(shown).toEqual({ member: 'date_order', text: question, coded_text, choices: ['dmy', 'mdy'] });
  const days = ({ choice, sales }: { choice: string; sales: { contract_date: string }[] }) => [
    choice,
    ...sales.map(({ contract_date }) => contract_date),
  ];
  expect(readings.map(days)).toEqual([
    ['dmy', '2024-02-11', '2024-04-03'],
    ['mdy', '2024-11-02', '2024-03-04'],
  ]);
  expect(asked.error).toBe(`${question}.`);
  expect(await imported(code, { 'a.csv': ambiguous })).toMatchObject({
    state: 'failed',
    changed: false,
    error: `a.csv: ${question}.`,
  });
  const [answered] = (await preview(ambiguous, { market: code, mapping: '{"date_order":"mdy"}' })).json().files;
  expect(answered).toMatchObject({
    error: null,
    questions: [],
    sales: [{ contract_date: '2024-11-02' }, { contract_date: '2024-03-04' }],
  });
  expect(await imported(code, { 'a.csv': ambiguous }, { date_order: 'dmy' })).toMatchObject({
    state: 'finished',
    format: 'table',
    accepted: 2,
  });
  const properties = (await get(`/api/properties?market=${code}`)).json();
  expect(properties.map(({ address }: { address: string }) => address).sort()).toEqual([
    '12 King St, Newtown',
    '7A Bay Rd, Glebe',
  ]);
});

it('remembers in the market how a table was read, and reads the next one alike', async () => {
  const code = await newMarket();
  await imported(code, { 'a.csv': ambiguous }, { date_order: 'mdy' });
  const remembered = (await get(`/api/markets/${code}/mappings`)).json();
  expect(remembered).toEqual([
    {
      id: expect.any(String),
      columns: header.split(';'),
      mapping: expect.objectContaining({
        fields: expect.objectContaining({ contract_date: { column: 'Sold', date_order: 'mdy' } }),
      }),
      used_at: expect.any(String),
    },
  ]);
  const [file] = (await preview(ambiguous, { market: code })).json().files;
  expect(file).toMatchObject({ mapping_origin: 'remembered', error: null, mapping: remembered[0].mapping });
  expect(await imported(code, { 'b.csv': ambiguous })).toMatchObject({
    state: 'finished',
    changed: false,
    duplicate: 2,
  });
  // Elsewhere nothing is known of it.
  expect((await preview(ambiguous, { market: await newMarket() })).json().files[0].questions).toMatchObject([
    { coded_text: { code: 'date_order', columns: ['Sold'] } },
  ]);

  const forget = () =>
    analytical.app.inject({ method: 'DELETE', url: `/api/markets/${code}/mappings/${remembered[0].id}` });
  expect((await forget()).statusCode).toBe(204);
  expect((await forget()).statusCode).toBe(404);
  expect((await get(`/api/markets/${code}/mappings`)).json()).toEqual([]);
});

it('shows a registry format as it would land', async () => {
  const [file] = (await preview('contract_date,price,address\n2024-01-02,5,1 A St\n2024-01-02,x,1 A St\n')).json()
    .files;
  expect(file).toMatchObject({
    format: 'property-insights',
    mapping: null,
    sales: [{ price: 5, address: '1 A St' }],
    rejects: [{ line: 3, content: '2024-01-02,x,1 A St', reason: 'bad price' }],
    notes: ['1 of the first 2 rows would be rejected.'],
    coded_notes: [{ code: 'rejected_rows', rows: 1, of: 2 }],
  });
  const [forced] = (await preview('contract_date,price,address\n2024-01-02,5,1 A St\n', { format: 'table' })).json()
    .files;
  expect(forced).toMatchObject({ format: 'table', mapping: { fields: { address: { column: 'address' } } } });
});

it('says of a column that is not there what there is, and of what is no table that it is none', async () => {
  const mapping = JSON.stringify({ fields: { price: { column: 'Preis' } } });
  expect((await preview(plain, { mapping })).json().files[0].error).toBe(
    'fields.price of the mapping names the column "Preis", which the table lacks; its columns are "Sold", "Kaufpreis", "Street", "House no", "Suburb", "Land (sqft)".',
  );
  const nothing = (await preview('\x89PNG\r\n\x1a\n')).json();
  expect(nothing).toMatchObject({
    files: [],
    error: expect.stringMatching(/^upload has no supported format; .*any table of sales/),
  });
});

it.each([
  ['a mapping that is no JSON', '/api/imports/preview?mapping=%7B', 'The mapping is not valid JSON.'],
  [
    'a mapping with a mistake',
    '/api/imports?mapping=%7B%22decimal%22%3A1%7D',
    'Mapping member "decimal" must be one of ".", ",", not 1.',
  ],
  ['a format that there is not', '/api/imports/preview?format=excel', 'Query parameter "format" must be one of '],
  ['a market that there is not', '/api/imports/preview?market=none', 'There is no market "none".'],
])('refuses %s', async (_, url, error) => {
  const response = await analytical.app.inject({
    method: 'POST',
    url,
    payload: plain,
    headers: { 'content-type': 'text/csv' },
  });
  expect(response.statusCode).toBeGreaterThanOrEqual(400);
  expect(response.json().error).toContain(error);
});

it('refuses a mapping that is given twice', async () => {
  const body = await form({ 'a.csv': plain }, {});
  const response = await analytical.app.inject({ method: 'POST', url: '/api/imports/preview?mapping=%7B%7D', ...body });
  expect(response.json()).toMatchObject({
    status: 400,
    error: 'The mapping is given twice: send it either in the URL or as one form field.',
  });
});

it('takes a mapping in the form that is too long for a URL, up to a limit', async () => {
  const values = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`Kind ${i} of the register`, 'House']));
  const mapping = { fields: { price: { column: 'Kaufpreis' }, type: { column: 'Suburb', values } } };
  expect(JSON.stringify(mapping).length).toBeGreaterThan(16_384);
  const send = async (mapping: object) =>
    analytical.app.inject({
      method: 'POST',
      url: '/api/imports/preview',
      ...(await form({ 'a.csv': plain }, mapping)),
    });
  expect((await send(mapping)).json().files[0].mapping.fields.type.values).toEqual(values);
  expect((await send({ missing: ['x'.repeat(1_000_000)] })).json()).toMatchObject({
    status: 400,
    error: 'The mapping may have 1000000 bytes.',
  });
});

it('writes nothing, and leaves nothing on disk', async () => {
  const before = await countRevisions(analytical.database);
  await preview(plain);
  await preview(ambiguous);
  await preview('');
  expect(await countRevisions(analytical.database)).toEqual(before);
  await expect.poll(() => readdir(join(analytical.directory, 'uploads'))).toEqual([]);
});

it('ends a preview that takes too much, and makes the next', { timeout: 60_000 }, async () => {
  const workbook = deflatedZip(xlsxParts({ Sales: '<a>'.repeat(15_000_000) }));
  const [costly, next] = await Promise.all([
    analytical.app.inject({
      method: 'POST',
      url: '/api/imports/preview',
      payload: workbook,
      headers: { 'content-type': 'application/octet-stream' },
    }),
    preview(plain),
  ]);
  expect(costly.statusCode).toBe(422);
  // On a busy machine, the limit of time may be reached first.
  expect(costly.json()).toMatchObject({
    type: '/api/docs/problems#file-too-costly',
    detail: expect.stringMatching(
      /^The preview was ended because reading the files took more than (384 MB of memory|20 s).* Nothing was written\.$/,
    ),
  });
  expect(next.statusCode).toBe(200);
});

it('states how many sales a complete edition would retire, and an import retires them', async () => {
  const code = await newMarket();
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `2025-01-05,${from + i + 1},${from + i} King St`).join('\n');
  const file = (from: number, to: number) => `contract_date,price,address\n${lines(from, to)}\n`;
  await imported(code, { 'a.csv': file(0, 3_000) });
  const query = { market: code, edition: 'complete' };
  expect((await preview(file(10, 3_000), { market: code })).json().retires).toBeNull();
  expect((await preview(file(10, 3_000), query)).json()).toMatchObject({ retires: 10, error: null });
  expect((await preview(file(0, 3_001), query)).json().retires).toBe(0);
  expect((await preview('contract_date,price,address\n', query)).json().retires).toBeNull();
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.csv`, file(i * 100, (i + 1) * 100)]));
  const url = `/api/imports/preview?${new URLSearchParams(query)}`;
  const several = await analytical.app.inject({ method: 'POST', url, ...(await form(many)) });
  expect(several.json()).toMatchObject({ more_files: true, retires: 1_800 });
});
