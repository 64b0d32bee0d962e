import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryOf, Replica } from '@property-insights/analytics';
import { reports } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import { readXlsx } from 'hucre/xlsx';
import pg from 'pg';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainSale } from '../../../packages/analytics/test/sales.ts';
import { TestMarket } from '../../../packages/analytics/test/test-market.ts';
import { outage } from '../../../packages/service/test/outage.ts';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { bearer, tokens } from '../../../test/tokens.ts';
import { createReporting } from '../src/app.ts';
import { extensions } from '../src/forms.ts';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const server = testDatabase({ user: 'reporting' });
let directory: string;
let replica: Promise<Replica>;
let app: App;

/** Runs a statement that the service's own user has no right to. */
async function asMaster(sql: string, ...values: unknown[]): Promise<void> {
  const { host, port, name: database, master } = server;
  const client = new pg.Client({ host, port, database, user: master.username, password: master.password });
  await client.connect();
  await client.query(sql, values);
  await client.end();
}

beforeAll(async () => {
  const log: Logger = pino({ level: 'silent' });
  directory = await mkdtemp(join(tmpdir(), 'reporting-'));
  const { database } = server;
  replica = Replica.open({ directory, database, log });
  app = await createReporting({ database, replica, log });
});

afterAll(async () => {
  await app.close();
  (await replica).close();
  await rm(directory, { recursive: true });
});

describe('GET /reporting', () => {
  it.each(['*/*', 'text/plain', ''])('answers a program that accepts "%s" with plain text', async (accept) => {
    const response = await app.inject({ url: '/reporting', headers: { accept } });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).toBe('Reporting Service is online.');
  });

  it('lists the reports for a program that asks for JSON', async () => {
    const response = await app.inject({ url: '/reporting', headers: { accept: 'application/json' } });
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    const { reports } = response.json();
    expect(reports.map(({ name }: { name: string }) => name)).toEqual([
      'property-summary',
      'market-report',
      'area-comparison',
      'valuation',
      'data-quality',
    ]);
    expect(reports[1]).toMatchObject({ forms: { html: '/reporting/market-report.html' } });
  });

  it('shows a browser a page with links that resolve', async () => {
    const response = await app.inject({ url: '/reporting', headers: browser });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers.vary).toBe('Accept');
    expect(response.body).toContain('<h1>Reporting Service is online.</h1>');
    const links = [...response.body.matchAll(/href="(\/reporting[^"]*)"/g)].map(([, url]) =>
      String(url).replaceAll('&amp;', '&'),
    );
    expect(links.length).toBeGreaterThan(1);
    for (const url of links) expect((await app.inject(url)).statusCode, url).toBe(200);
  });

  it('needs nothing that its content security policy forbids', async () => {
    const { body } = await app.inject({ url: '/reporting', headers: browser });
    expect(body).not.toMatch(/<script|<link(?! rel="icon" href="data:)|<img|style="|url\((?!data:font)/);
  });
});

describe('GET /reporting/property-summary', () => {
  it('returns the regions of the demonstration market, the one with the most properties first', async () => {
    const response = await app.inject('/reporting/property-summary');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual([
      { region: 'NSW', property_count: 2 },
      { region: 'VIC', property_count: 1 },
    ]);
  });

  it('answers 304 to a client that has this answer', async () => {
    const { headers } = await app.inject('/reporting/property-summary');
    const again = await app.inject({ url: '/reporting/property-summary', headers: { 'if-none-match': headers.etag } });
    expect(again.statusCode).toBe(304);
  });

  it('refuses unknown parameters', async () => {
    const response = await app.inject('/reporting/property-summary?colour=red');
    expect(response.json()).toMatchObject({ status: 400, error: expect.stringContaining('"colour"') });
  });

  it('answers 503 while the database is unreachable, and recovers', async () => {
    const restore = await outage(server);
    const response = await app.inject('/reporting/property-summary');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect((await app.inject('/reporting/health')).json()).toMatchObject({ status: 'ok', database: 'unreachable' });
    expect((await app.inject('/reporting')).statusCode).toBe(200);
    await restore();
    expect((await app.inject('/reporting/property-summary')).statusCode).toBe(200);
  });
});

describe('the property summary in detail', () => {
  it.each(['?detail=true', '.json?detail=true'])('adds sales and prices to the regions: %s', async (rest) => {
    const response = await app.inject(`/reporting/property-summary${rest}`);
    expect(response.json()).toMatchObject([
      { region: 'NSW', property_count: 2, sales: 2, total_value: expect.any(Number), change: null },
      { region: 'VIC', property_count: 1, sales: 1, median_price: expect.any(Number) },
    ]);
  });

  it('counts by type or locality', async () => {
    const { json } = await app.inject('/reporting/property-summary?detail=true&by=type');
    expect(json()[0]).toMatchObject({ type: expect.any(String), property_count: expect.any(Number) });
  });

  it('is CSV by extension, with the columns of the list', async () => {
    expect((await app.inject('/reporting/property-summary.csv')).body).toBe(
      'region,property_count\r\nNSW,2\r\nVIC,1\r\n',
    );
  });
});

describe('GET /reporting/market-report', () => {
  const url = '/reporting/market-report';

  it('is a document of blocks by default, HTML for a browser, and CSV for a program that accepts it', async () => {
    const response = await app.inject(url);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toMatchObject({
      report: 'market-report',
      title: 'Demonstration',
      version: expect.any(Number),
    });
    const page = await app.inject({ url, headers: browser });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers.vary).toBe('accept');
    expect(page.body).toContain('<h1 dir="auto">Demonstration</h1>');
    const csv = await app.inject({ url: `${url}?table=areas`, headers: { accept: 'text/csv' } });
    expect(csv.body).toMatch(/^area,region,sales,median/);
    expect((await app.inject(`${url}.csv?table=areas`)).body).toBe(csv.body);
  });

  it('is a PDF by extension, and for a program that accepts one', async () => {
    const pdf = await app.inject(`${url}.pdf?paper=letter`);
    expect(pdf.headers['content-type']).toBe('application/pdf');
    expect(pdf.headers['content-disposition']).toMatch(/^inline; filename="market-report-demo-\d+\.pdf"$/);
    expect(pdf.rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    const accepted = await app.inject({ url: `${url}?paper=letter`, headers: { accept: 'application/pdf' } });
    expect(accepted.rawPayload.equals(pdf.rawPayload)).toBe(true);
  });

  it('is a workbook by extension', async () => {
    const workbook = await app.inject(`${url}.xlsx`);
    expect(workbook.headers['content-type']).toMatch(/spreadsheetml\.sheet$/);
    expect(workbook.headers['content-disposition']).toMatch(/^attachment; filename="market-report-demo-\d+\.xlsx"$/);
    expect(workbook.rawPayload.subarray(0, 2).toString()).toBe('PK');
  });

  it('has a strong ETag of its bytes, and answers 304 to a client that has them', async () => {
    const first = await app.inject(`${url}.html`);
    expect(first.headers.etag).toMatch(/^"\d+-[\w-]{22}"$/);
    const again = await app.inject({ url: `${url}.html`, headers: { 'if-none-match': first.headers.etag } });
    expect(again.statusCode).toBe(304);
    const other = await app.inject(`${url}.html?commentary=Quiet`);
    expect(other.headers.etag).not.toBe(first.headers.etag);
  });

  it('has the same bytes in another process', async () => {
    const other = await createReporting({ database: server.database, replica, log: pino({ level: 'silent' }) });
    const [first, second] = await Promise.all([app.inject(`${url}.html`), other.inject(`${url}.html`)]);
    await other.close();
    expect(second.headers.etag).toBe(first.headers.etag);
    expect(second.rawPayload.equals(first.rawPayload)).toBe(true);
  });

  it('is cited by an address that returns the same numbers', async () => {
    const { citation, version } = (await app.inject(url)).json();
    const { pathname, search } = new URL(citation.address);
    const cited = (await app.inject(`${pathname}${search}`)).json();
    expect(cited.version).toBe(version);
    expect(cited.citation).toMatchObject({ same: true, digest: citation.digest });
  });

  it('refuses a version that does not exist yet, an unknown table and an unknown place', async () => {
    expect((await app.inject(`${url}?as_of=999999`)).statusCode).toBe(404);
    expect((await app.inject(`${url}.csv?table=x`)).json().error).toContain(
      'This report has no table "x"; its tables are',
    );
    expect((await app.inject(`${url}?locality=Atlantis`)).json().error).toContain('has no locality "Atlantis"');
  });
});

describe('custom reports', () => {
  const definition = {
    title: 'Regions <i>',
    summary: 'Sales & prices',
    blocks: [
      {
        type: 'table',
        title: 'Regions',
        question: 'areas',
        parameters: { level: 'region' },
        columns: [{ member: 'area' }],
      },
    ],
  };
  const headers = bearer(tokens.write);
  const save = (payload: object, name = 'regions') =>
    app.inject({ method: 'PUT', url: `/reporting/definitions/${name}`, headers, payload });

  it('are saved as editions: each change adds one', async () => {
    const first = await save(definition);
    expect(first.statusCode).toBe(201);
    expect(first.json()).toEqual({ name: 'regions', edition: 1, path: '/reporting/custom/regions?edition=1' });
    expect((await save(definition)).statusCode).toBe(200);
    expect((await save({ ...definition, title: 'Changed' })).json()).toMatchObject({ edition: 2 });
    const earlier = await app.inject('/reporting/definitions/regions?edition=1');
    expect(earlier.json()).toEqual({
      name: 'regions',
      edition: 1,
      definition,
      summary: 'Sales & prices',
      author: expect.stringContaining('test write'),
      created_at: expect.any(String),
    });
    expect((await app.inject('/reporting/definitions/regions?edition=9')).json().error).toBe(
      'The custom report "regions" has no edition 9.',
    );
  });

  it('are asked for in every form, at the last edition or an earlier one', async () => {
    const response = await app.inject('/reporting/custom/regions');
    expect(response.json()).toMatchObject({ title: 'Changed', blocks: [{ rows: [['NSW'], ['VIC']] }] });
    const page = await app.inject('/reporting/custom/regions.html?edition=1');
    expect(page.body).toContain('<h1 dir="auto">Regions &#60;i&#62;</h1>');
    expect((await app.inject('/reporting/custom/regions.csv')).body).toBe('area\r\nNSW\r\nVIC\r\n');
    const pdf = await app.inject('/reporting/custom/regions.pdf');
    expect(pdf.rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.headers['content-disposition']).toMatch(/"custom-regions-demo-\d+\.pdf"/);
    const workbook = await app.inject('/reporting/custom/regions.xlsx');
    expect(workbook.rawPayload.subarray(0, 2).toString()).toBe('PK');
  });

  it('are cited by an address that names the edition', async () => {
    const { citation } = (await app.inject('/reporting/custom/regions')).json();
    await save({ ...definition, title: 'Later' });
    const { pathname, search } = new URL(citation.address);
    expect((await app.inject(`${pathname}${search}`)).json()).toMatchObject({
      title: 'Changed',
      citation: { same: true },
    });
  });

  it('are on the list', async () => {
    const list = await app.inject({ url: '/reporting', headers: { accept: 'application/json' } });
    expect(list.json().reports.at(-1)).toMatchObject({
      name: 'custom/regions',
      summary: 'Sales & prices',
      forms: { pdf: '/reporting/custom/regions.pdf' },
    });
    const { body } = await app.inject({ url: '/reporting', headers: browser });
    expect(body).toContain('<a href="/reporting/custom/regions.html">Regions</a><p>Sales &#38; prices</p>');
    expect((await app.inject('/reporting/definitions')).json()).toMatchObject([{ name: 'regions', edition: 3 }]);
  });

  it('are previewed without being saved', async () => {
    const preview = (payload: object, accept = 'application/json') =>
      app.inject({ method: 'POST', url: '/reporting/preview', headers: { accept }, payload });
    const response = await preview(definition);
    expect(response.json()).toMatchObject({ title: 'Regions <i>', citation: null });
    expect((await preview({ ...definition, title: 'Other' })).json()).toMatchObject({ title: 'Other' });
    expect((await preview(definition, 'application/pdf')).rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    expect((await preview(definition, 'text/html')).body).not.toContain('citation"');
    expect((await preview({ ...definition, filters: { region: ['Atlantis'] } })).json().error).toContain(
      'has no region "Atlantis"',
    );
    expect((await app.inject('/reporting/definitions')).json()).toHaveLength(1);
  });

  it('are refused with the member that is wrong', async () => {
    const response = await save({ ...definition, blocks: [{ type: 'pie' }] }, 'pie');
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toBe(
      'blocks[0].type must be one of heading, text, figures, table, chart, map, not "pie".',
    );
    expect((await save(definition, 'Not a name')).json().error).toContain('must be the name of a custom report');
    expect((await app.inject('/reporting/custom/none')).json().error).toBe('There is no custom report "none".');
  });

  it('are saved at the same time, each as an edition of its own', async () => {
    const saved = await Promise.all([1, 2, 3, 4].map((n) => save({ ...definition, title: `${n}` }, 'at-once')));
    expect(saved.map((response) => response.json().edition).sort()).toEqual([1, 2, 3, 4]);
  });

  it('are at most a thousand, however many are saved at the same time', async () => {
    await asMaster(
      `INSERT INTO reporting.definition (name, edition, definition, summary, author)
       SELECT 'filling-' || n, 1, $1, 'Filling', 'test' FROM generate_series(1, 997) n`,
      definition,
    );
    const saved = await Promise.all([1, 2, 3, 4].map((n) => save(definition, `last-${n}`)));
    await asMaster(`DELETE FROM reporting.definition WHERE name LIKE 'filling-%' OR name LIKE 'last-%'`);
    expect(saved.map((response) => response.statusCode).sort()).toEqual([201, 409, 409, 409]);
  });

  it('are deleted; their editions stay', async () => {
    const url = '/reporting/definitions/regions';
    expect((await app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204);
    expect((await app.inject('/reporting/custom/regions')).json().error).toBe(
      'The custom report "regions" was deleted with edition 4; edition=3 is the last that it had.',
    );
    expect((await app.inject('/reporting/custom/regions?edition=3')).statusCode).toBe(200);
    expect((await app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(404);
  });
});

describe('the letterhead', () => {
  const url = '/reporting/letterhead';
  const headers = bearer(tokens.admin);
  const page = async () => (await app.inject('/reporting/data-quality.html')).body;

  it('is that of the market, or else that of all markets, and is on the next report', async () => {
    const list = async () => (await app.inject(`${url}s`)).json();
    expect((await app.inject(url)).statusCode).toBe(404);
    expect(await list()).toEqual([]);
    expect(await page()).toContain('<span dir="auto">Property Insights</span>');
    const put = (payload: object, query = '') => app.inject({ method: 'PUT', url: `${url}${query}`, headers, payload });
    expect((await put({ name: 'All of us', accent: '#1f5f8b' })).statusCode).toBe(200);
    expect(await page()).toContain('<span dir="auto">All of us</span>');
    expect((await put({ name: 'Demo Ltd.', disclaimer: 'No advice.' }, '?market=demo')).statusCode).toBe(200);
    expect(await page()).toContain('<p dir="auto">No advice.</p>');
    expect((await app.inject(`${url}?market=demo`)).json()).toEqual({ name: 'Demo Ltd.', disclaimer: 'No advice.' });
    expect((await app.inject(url)).json()).toEqual({ name: 'All of us', accent: '#1f5f8b' });
    expect(await list()).toEqual([
      { market: null, letterhead: { name: 'All of us', accent: '#1f5f8b' } },
      { market: 'demo', letterhead: { name: 'Demo Ltd.', disclaimer: 'No advice.' } },
    ]);
    for (const query of ['?market=demo', '']) {
      expect((await app.inject({ method: 'DELETE', url: `${url}${query}`, headers })).statusCode).toBe(204);
    }
    expect((await app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(404);
    expect(await page()).toContain('<span dir="auto">Property Insights</span>');
  });

  it.each([
    [{ name: 'A', accent: '#ffff00' }, 'Member "accent" must have a contrast of at least 4.5:1 to white'],
    [{ name: 'A', accent: 'red' }, 'Member "accent" must be a colour, such as #1f5f8b, not "red".'],
    [{ name: 'A', logo: 'https://example.org/logo.png' }, 'Member "logo" must be a PNG or JPEG of at most 32 KiB'],
    [{ name: '' }, 'Member "name" must be one line of text'],
    [{}, 'Missing member "name"'],
  ])('is refused: %j', async (payload, message) => {
    const response = await app.inject({ method: 'PUT', url, headers, payload });
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toContain(message);
  });

  it('is of markets that exist', async () => {
    const response = await app.inject({ method: 'PUT', url: `${url}?market=none`, headers, payload: { name: 'A' } });
    expect(response.statusCode).toBe(404);
  });
});

describe('a table of sales that is longer than a document', () => {
  it('is in a spreadsheet with all its rows, sorted, as numbers, days and text', async () => {
    const market = await TestMarket.create();
    const names = ['=1+1', 'a & b <c> "d"', '_x0041_', 'tab\tand\u0007bell', '東京 🏠'];
    await market.write(
      Array.from({ length: 1_500 }, (_, i) => ({
        ...plainSale,
        property: i,
        price: 500_000 + ((i * 7) % 1_500),
        address: `${i} ${names[i % names.length]}`,
        land_area: i % 3 === 0 ? null : 100.5 + i,
      })),
    );
    const log: Logger = pino({ level: 'silent' });
    const database = openDatabase(market.testDatabase, { user: 'reporting' });
    const long = await createReporting({ database, replica: market.replica(), log });
    const payload = {
      title: 'All sales',
      market: 'test',
      blocks: [
        { type: 'table', title: 'Areas', question: 'areas' },
        {
          type: 'table',
          title: 'Sales',
          question: 'sales',
          parameters: { sort: 'price', order: 'asc' },
          columns: [
            { member: 'address' },
            { member: 'contract_date', format: 'date' },
            { member: 'price', format: 'money' },
            { member: 'land_area', format: 'number' },
          ],
        },
      ],
    };
    const headers = bearer(tokens.write);
    await long.inject({ method: 'PUT', url: '/reporting/definitions/all', headers, payload });
    const url = '/reporting/custom/all.xlsx';
    const response = await long.inject(url);
    const { sheets } = await readXlsx(response.rawPayload);
    const [head, ...rows] = sheets.at(-1)?.rows ?? [];
    expect(head).toEqual(['Address', 'Contract date', 'Price', 'Land area, m²']);
    const sold = await market.sales();
    const expected = sold
      .sort((x, y) => x.price - y.price)
      .map(({ address, contract_date, price, land_area }) => [
        address.replace('\u0007', '\ufffd'),
        new Date(`${contract_date}T00:00:00Z`),
        price,
        land_area,
      ]);
    expect(rows).toEqual(expected);
    const again = await long.inject(url);
    expect(again.rawPayload.equals(response.rawPayload)).toBe(true);
    expect(again.headers.etag).toBe(response.headers.etag);
    const unchanged = await long.inject({ url, headers: { 'if-none-match': response.headers.etag } });
    expect(unchanged.statusCode).toBe(304);
    expect((await long.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    expect((await long.inject('/reporting/custom/all.csv?table=sales')).json().error).toContain('has 1500 rows');
    await long.close();
    await database.close();
  });
});

describe('share links', () => {
  let closed: App;
  const lines: string[] = [];
  beforeAll(async () => {
    const log: Logger = pino({}, { write: (line: string) => lines.push(line) });
    closed = await createReporting({ database: server.database, replica, log, readAccess: 'token' });
  });
  afterAll(() => closed.close());

  const headers = bearer(tokens.write);
  const make = (payload: object, maker = headers) =>
    closed.inject({ method: 'POST', url: '/reporting/links', headers: maker, payload });
  const pathOf = async (payload: object): Promise<string> => (await make(payload)).json().path;
  const list = async (maker = headers) => (await closed.inject({ url: '/reporting/links', headers: maker })).json();
  const report = 'market-report';
  const parameters = { region: ['NSW'] };

  it('open one report with its parameters without a token, in every form, and count that', async () => {
    const response = await make({ report, parameters: { ...parameters, as_of: 1 } });
    expect(response.statusCode).toBe(201);
    const { path, id } = response.json();
    expect(path).toMatch(/^\/reporting\/shared\/[\w-]{43}$/);
    expect((await closed.inject('/reporting/market-report')).statusCode).toBe(401);
    const page = await closed.inject({ url: path, headers: browser });
    expect(page.body).toContain('<h1 dir="auto">NSW</h1>');
    expect(page.body).toContain('<meta property="og:title" content="NSW">');
    const [, picture = ''] = /<meta property="og:image" content="https?:\/\/[^/]+(\/[^"]+)">/.exec(page.body) ?? [];
    expect(picture).toBe(`${path}.png`);
    const { headers: shown, rawPayload } = await closed.inject(picture);
    expect([shown['content-type'], rawPayload.subarray(1, 4).toString()]).toEqual(['image/png', 'PNG']);
    expect(page.headers).toMatchObject({ 'cache-control': 'private, no-cache', 'x-robots-tag': 'noindex' });
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect((await closed.inject(`${path}.pdf`)).rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    expect((await closed.inject(`${path}.json`)).json()).toMatchObject({ version: 1, title: 'NSW' });
    expect((await closed.inject(`${path}?region=VIC`)).statusCode).toBe(400);
    expect((await list()).find((link: { id: number }) => link.id === id)).toMatchObject({
      report,
      // Of the default market then, whichever it is later.
      parameters: { ...parameters, as_of: 1, market: 'demo' },
      opened: 3,
      has_password: false,
      author: expect.stringContaining('test write'),
    });
  });

  it('are not in the database or the log', async () => {
    const path = await pathOf({ report });
    const restore = await outage(server);
    expect((await closed.inject(path)).statusCode).toBe(503);
    await restore();
    expect(lines.join('')).toContain('/reporting/shared/:secret');
    expect(lines.join('')).not.toContain(path);
    expect(JSON.stringify(await list(bearer(tokens.admin)))).not.toContain(path.split('/').at(-1));
  });

  it('open with their password only', async () => {
    const url = await pathOf({ report, password: 'correct horse' });
    const basic = (password: string) => ({ authorization: `Basic ${btoa(`anyone:${password}`)}` });
    const without = await closed.inject(url);
    expect(without.statusCode).toBe(401);
    expect(without.headers['www-authenticate']).toBe('Basic realm="Shared report", charset="UTF-8"');
    for (const wrong of [basic('wrong'), bearer(tokens.admin), { authorization: 'Basic %' }]) {
      expect((await closed.inject({ url, headers: wrong })).statusCode).toBe(401);
    }
    const opened = await closed.inject({ url: `${url}.html`, headers: basic('correct horse') });
    expect([opened.statusCode, opened.body.includes('og:image')]).toEqual([200, false]);
    expect((await closed.inject(`${url}.png`)).statusCode).toBe(401);
    // One is checked at a time, and few wait.
    const guesses = Array.from({ length: 60 }, () => closed.inject({ url, headers: basic('a guess of many') }));
    const statuses = (await Promise.all(guesses)).map(({ statusCode }) => statusCode);
    expect(new Set(statuses)).toEqual(new Set([401, 503]));
    expect((await make({ report, password: 'short' })).statusCode).toBe(400);
    expect((await list())[0]).toMatchObject({ opened: 1, has_password: true });
  });

  it('end when they expire, when they are revoked, and with the token of their maker', async () => {
    expect((await make({ report, expires_at: '2020-01-01T00:00:00Z' })).json().error).toContain(
      'must be in the future',
    );
    const soon = new Date(Date.now() + 1_500).toISOString();
    const expiring = await pathOf({ report, expires_at: soon });
    const { path: revoked, id } = (await make({ report })).json();
    const url = `/reporting/links/${id}`;
    expect((await closed.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204);
    expect((await closed.inject(revoked)).json()).toMatchObject({ status: 410, error: 'This link has been revoked.' });
    const shown = await closed.inject({ url: revoked, headers: browser });
    expect([shown.statusCode, shown.headers['content-type']]).toEqual([410, 'text/html; charset=utf-8']);
    expect(shown.body).toContain('This link has been revoked. Ask its sender for another one.');
    expect((await closed.inject(`${revoked}.html`)).statusCode).toBe(410);
    const leaver = `pi_${'l'.repeat(43)}`;
    await asMaster(`INSERT INTO token (name, scope, hash) VALUES ('leaver', 'write', sha256('${leaver}'))`);
    const orphan = (await make({ report }, bearer(leaver))).json().path;
    expect((await closed.inject(orphan)).statusCode).toBe(200);
    await asMaster(`UPDATE token SET revoked_at = now() WHERE name = 'leaver'`);
    expect((await closed.inject(orphan)).json().error).toContain('the token of its maker is no longer valid');
    await expect
      .poll(async () => (await closed.inject(expiring)).json().error, { timeout: 60_000 })
      .toBe('This link has expired.');
    expect((await closed.inject(`/reporting/shared/${'x'.repeat(43)}`)).statusCode).toBe(404);
  });

  it('are seen and revoked by their maker and administrators only', async () => {
    const { id } = (await make({ report }, bearer(tokens.admin))).json();
    expect((await list()).map((link: { id: number }) => link.id)).not.toContain(id);
    const url = `/reporting/links/${id}`;
    expect((await closed.inject({ method: 'DELETE', url, headers })).statusCode).toBe(404);
    expect((await list(bearer(tokens.admin)))[0].id).toBe(id);
    expect((await closed.inject({ method: 'DELETE', url, headers: bearer(tokens.admin) })).statusCode).toBe(204);
    const all = await list(bearer(tokens.admin));
    // Links that have ended do not push those that are open off the first page.
    const ended = all.map((link: { revoked_at: string; expires_at: string }) =>
      Boolean(link.revoked_at || (link.expires_at && Date.parse(link.expires_at) < Date.now())),
    );
    expect(ended).toEqual(ended.toSorted());
    const read = (url: string) => closed.inject({ url, headers: bearer(tokens.admin) });
    const paged = [];
    for (let next: string | undefined = '/reporting/links?limit=2'; next; ) {
      const response: Awaited<ReturnType<typeof read>> = await read(next);
      paged.push(...response.json());
      next = /<(.*)>; rel="next"/.exec(String(response.headers.link ?? ''))?.[1];
    }
    expect(paged).toEqual(all);
    expect((await list(bearer(tokens.admin))).find((link: { id: number }) => link.id === id).revoked_at).not.toBeNull();
  });

  it('may be embedded by the sites that their maker names', async () => {
    const path = await pathOf({ report, origins: ['https://example.org', 'https://a.example:8443'] });
    const policy = (await closed.inject(`${path}.html`)).headers['content-security-policy'];
    expect(policy).toContain('frame-ancestors https://example.org https://a.example:8443');
    for (const origin of ['*', 'https://*', 'http://example.org', "https://a'; script-src *", 'https://a.example/x']) {
      expect((await make({ report, origins: [origin] })).statusCode, origin).toBe(400);
    }
  });

  it.each([
    [{ report: 'none' }, 404, 'There is no report "none".'],
    [{ report: 'custom/none' }, 404, 'There is no custom report "none".'],
    [{ report: '../health' }, 400, 'must be the name of a report'],
    [{ report, parameters: { colour: 'red' } }, 400, 'There is no parameter "colour"'],
    [{ report, parameters: { interval: 'day' } }, 400, 'interval must be one of month, quarter, year'],
  ])('are refused for what is no report: %j', async (payload, status, message) => {
    const response = await make(payload);
    expect(response.statusCode).toBe(status);
    expect(response.json().error).toContain(message);
  });
});

describe('any other request', () => {
  it.each(['/reporting/', '/reporting/x', '/reporting/property-summary/x', '/'])('GET %s is not found', async (url) => {
    const response = await app.inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json().error).toBe(`There is nothing at ${url}.`);
  });

  it('POST is not allowed', async () => {
    const response = await app.inject({ method: 'POST', url: '/reporting/property-summary', payload: {} });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET, HEAD');
  });

  it.each(['/reporting', '/reporting/property-summary', '/reporting/health'])(
    'HEAD %s is answered like GET, without a body',
    async (url) => {
      const response = await app.inject({ method: 'HEAD', url });
      expect(response.statusCode).toBe(200);
      expect(response.body).toBe('');
    },
  );

  it('health is as the load balancer expects it', async () => {
    expect((await app.inject('/reporting/health')).json()).toMatchObject({
      status: 'ok',
      service: 'reporting',
      database: 'reachable',
    });
  });
});

describe('with READ_ACCESS=token', () => {
  let closed: App;
  beforeAll(async () => {
    closed = await createReporting({
      database: server.database,
      replica,
      log: pino({ level: 'silent' }),
      readAccess: 'token',
    });
  });
  afterAll(() => closed.close());

  it('answers questions to bearers of a token only, and health checks to every client', async () => {
    const url = '/reporting/property-summary';
    expect((await closed.inject(url)).statusCode).toBe(401);
    expect((await closed.inject({ url, headers: bearer(`pi_${'x'.repeat(43)}`) })).statusCode).toBe(401);
    expect((await closed.inject({ url, headers: bearer(tokens.read) })).statusCode).toBe(200);
    expect((await closed.inject('/reporting')).statusCode).toBe(200);
    expect((await closed.inject('/reporting/health')).statusCode).toBe(200);
  });

  it('lists custom reports for bearers of a token only', async () => {
    const payload = { title: 'A', blocks: [{ type: 'heading', text: 'A' }] };
    const put = { method: 'PUT', url: '/reporting/definitions/closed', payload } as const;
    expect((await closed.inject({ ...put, headers: bearer(tokens.write) })).statusCode).toBe(201);
    const names = async (headers: object) => {
      const response = await closed.inject({ url: '/reporting', headers: { accept: 'application/json', ...headers } });
      return response.json().reports.map(({ name }: { name: string }) => name);
    };
    expect(await names({})).not.toContain('custom/closed');
    expect(await names(bearer(tokens.read))).toContain('custom/closed');
  });

  it('answers 503, not 401, to a token that is not cached while the database is unreachable', async () => {
    const restore = await outage(server);
    const headers = bearer(tokens.write);
    expect((await closed.inject({ url: '/reporting/property-summary', headers })).statusCode).toBe(503);
    await restore();
    expect((await closed.inject({ url: '/reporting/property-summary', headers })).statusCode).toBe(200);
  });
});

it('makes a report, in any form, at the expense of the budget of the caller', async () => {
  const { database } = server;
  const log: Logger = pino({ level: 'silent' });
  // A millisecond in 20 s: the first report uses it up.
  const replica = await Replica.open({ directory: join(directory, 'metered'), database, log, callerBudget: 0.001 });
  const metered = await createReporting({ database, replica: Promise.resolve(replica), log });
  await metered.inject('/reporting/data-quality');
  for (const { name, example } of reports) {
    for (const form of ['', ...extensions.map((extension) => `.${extension}`)]) {
      const url = `/reporting/${name}${form}?${queryOf({ ...(example as object), region: 'NSW' })}`;
      expect([url, (await metered.inject(url)).statusCode]).toEqual([url, 429]);
    }
  }
  const block = { type: 'table', title: 'Regions', question: 'areas', parameters: { level: 'region' } };
  const payload = { title: 'Regions', summary: 'Regions', blocks: [{ ...block, columns: [{ member: 'area' }] }] };
  expect((await metered.inject({ method: 'POST', url: '/reporting/preview', payload })).statusCode).toBe(429);
  await metered.close();
  replica.close();
});
