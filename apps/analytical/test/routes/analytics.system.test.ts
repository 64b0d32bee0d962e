import { type Question, questions } from '@property-insights/analytics';
import { describe, expect, it } from 'vitest';
import { outage } from '../../../../packages/service/test/outage.ts';
import { service } from '../service.ts';

const analytical = service();
const get = (url: string, headers = {}) => analytical.app.inject({ url, headers });
const post = (payload: object) => analytical.app.inject({ method: 'POST', url: '/api/properties', payload });

describe('GET /api/analytics/summary', () => {
  it("gives the original's figures of the demonstration market", async () => {
    const response = await get('/api/analytics/summary');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toMatchObject({
      total_properties: 3,
      average_price: '1,516,666.67',
      properties_by_region: { NSW: 2, VIC: 1 },
    });
  });

  it('is sent once: who holds it gets 304, by the version in its ETag', async () => {
    const { headers } = await get('/api/analytics/summary');
    expect(headers.etag).toMatch(/^"\d+-[\w-]+"$/);
    expect(headers['cache-control']).toBe('no-cache');
    for (const held of [headers.etag, `"x", ${headers.etag}`, `W/${headers.etag}`, '*']) {
      const again = await get('/api/analytics/summary', { 'if-none-match': held });
      expect(again.statusCode, held?.toString()).toBe(304);
      expect(again.body).toBe('');
      expect(again.headers.etag).toBe(headers.etag);
    }
    for (const other of ['"x"', 'x', '']) {
      expect((await get('/api/analytics/summary', { 'if-none-match': other })).statusCode, other).toBe(200);
    }
  });

  it('reflects a posted property at once', async () => {
    const { headers } = await get('/api/analytics/summary');
    for (let i = 1; i <= 20; i++) {
      expect((await post({ address: `${i} New St`, price: 1_000_000, region: 'QLD' })).statusCode).toBe(201);
      const next = await get('/api/analytics/summary', { 'if-none-match': headers.etag });
      expect(next.statusCode).toBe(200);
      expect(next.json()).toMatchObject({ total_properties: 3 + i, properties_by_region: { NSW: 2, VIC: 1, QLD: i } });
    }
  });

  it('leaves properties without a region out of properties_by_region', async () => {
    const before = (await get('/api/analytics/summary')).json();
    await post({ address: '1 Nowhere', price: 500_000 });
    const after = (await get('/api/analytics/summary')).json();
    expect(after.total_properties).toBe(before.total_properties + 1);
    expect(after.properties_by_region).toEqual(before.properties_by_region);
  });
});

describe('every question', () => {
  const takesFilters = ({ parameters }: Question) => 'sold_from' in parameters.properties;

  it.each(questions.map((question) => [question.name, question] as const))(
    '%s says which parameters there are, which markets, and what it needs',
    async (name, question) => {
      const { example = {}, parameters } = question;
      const url = `/api/analytics/${name}`;
      expect((await get(`${url}?${query(example)}&colour=red`)).json()).toMatchObject({
        status: 400,
        error: `Unknown query parameter "colour"; known are ${[...Object.keys(parameters.properties), 'as_of', 'cited', 'raw'].join(', ')}.`,
      });
      expect((await get(`${url}?${query({ ...example, market: 'none' })}`)).json()).toMatchObject({
        status: 404,
        error: 'There is no market "none"; there are demo.',
      });
      for (const needed of parameters.required ?? []) {
        const { [needed]: _, ...others } = example as Record<string, unknown>;
        expect((await get(`${url}?${query(others)}`)).json().error).toContain(`Missing query parameter "${needed}"`);
      }
    },
  );

  function query(parameters: object): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      for (const each of [value].flat()) search.append(name, String(each));
    }
    return search.toString();
  }

  it.each(questions.filter(takesFilters).map((question) => [question.name, question] as const))(
    '%s is answered, and only as it is described',
    async (name, { example = {} }) => {
      const url = `/api/analytics/${name}`;
      const given = query(example) && `&${query(example)}`;
      for (const [range, sentence] of [
        [
          'sold_from=2024-02-01&sold_to=2024-01-31',
          'sold_from (2024-02-01) is above sold_to (2024-01-31); exchange them.',
        ],
        ['bedrooms_min=3&bedrooms_max=2', 'bedrooms_min (3) is above bedrooms_max (2); exchange them.'],
      ]) {
        expect((await get(`${url}?${range}${given}`)).json()).toMatchObject({ status: 400, error: sentence });
      }
      for (const [place, sentence] of [
        ['region=Nowhere', 'Demonstration has no region "Nowhere"; its regions are NSW, '],
        ['locality=Sidney', 'Demonstration has no locality "Sidney"; its localities are Melbourne, Sydney.'],
        ['postcode=1', 'Demonstration has no postcode "1"; its sales have no postcodes.'],
      ]) {
        const { status, error } = (await get(`${url}?${place}${given}`)).json();
        expect(status).toBe(400);
        expect(error).toContain(sentence);
      }
    },
  );

  it('price-index says which methods are possible where one lacks its data', async () => {
    expect((await get('/api/analytics/price-index?method=repeat_sales')).json()).toMatchObject({
      status: 400,
      error: expect.stringMatching(
        /^There is no repeat_sales index of Demonstration here, since .*; possible are median, /,
      ),
    });
  });

  it.each(['summary', 'trend', 'areas', 'distribution', 'facets', 'sales'])(
    '%s refuses values that do not fit',
    async (question) => {
      const url = `/api/analytics/${question}`;
      expect((await get(url)).statusCode).toBe(200);
      expect((await get(`${url}?market=none`)).json()).toMatchObject({
        status: 404,
        error: expect.stringContaining('"none"'),
      });
      expect((await get(`${url}?price_min=x`)).json()).toMatchObject({
        status: 400,
        error: expect.stringContaining('"price_min"'),
      });
      expect((await get(`${url}?price_min=2&price_max=1`)).json()).toMatchObject({
        status: 400,
        error: expect.stringContaining('price_min'),
      });
      expect((await get(`${url}?locality=Nowhere`)).json()).toMatchObject({
        status: 400,
        error: expect.stringContaining('Nowhere'),
      });
      expect((await get(`${url}?sold_from=2024-02-30`)).statusCode).toBe(400);
      expect((await get(`${url}?standard=maybe`)).json().error).toBe(
        'Query parameter "standard" must be one of true, false, all, not "maybe".',
      );
    },
  );

  it('takes the common filters, repeated ones as any of them', async () => {
    const { total_properties } = (
      await get('/api/analytics/summary?region=nsw&region=VIC&type=House&sold_to=2025-07-01')
    ).json();
    expect(total_properties).toBe(2);
  });

  it('is answered as CSV to who prefers that, under an ETag of its own', async () => {
    const csv = { accept: 'text/csv' };
    const areas = await get('/api/analytics/areas?level=locality', csv);
    expect(areas.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(areas.headers.vary).toBe('accept');
    expect(areas.body).toMatch(/^area,region,sales,median,.*\r\n"?Sydney/);
    const json = await get('/api/analytics/areas?level=locality');
    expect(json.headers.etag).not.toBe(areas.headers.etag);
    const again = await get('/api/analytics/areas?level=locality', { ...csv, 'if-none-match': areas.headers.etag });
    expect(again.statusCode).toBe(304);
    expect((await get('/api/analytics/summary', csv)).body).toMatch(/^member,value\r\ntotal_properties,\d+\r\n/);
    expect((await get('/api/analytics/areas', { accept: 'application/json, text/csv;q=0.5' })).json()).toHaveProperty(
      'areas',
    );
    expect((await get('/api/analytics/areas?level=x', csv)).statusCode).toBe(400);
  });

  it('is refused with 503 while the database is gone, and answered when it is back', async () => {
    const restore = await outage(analytical.server);
    for (const url of ['/api/analytics/summary', '/api/properties', '/api/markets', '/api/imports']) {
      const response = await get(url);
      expect(response.statusCode, url).toBe(503);
      expect(response.headers['retry-after'], url).toMatch(/^\d+$/);
      expect(response.headers['content-type'], url).toBe('application/problem+json; charset=utf-8');
    }
    expect((await post({ address: '1 Lost St', price: 1 })).statusCode).toBe(503);
    expect((await get('/api/health')).json()).toMatchObject({ status: 'ok', database: 'unreachable' });
    expect((await get('/')).statusCode).toBe(200);
    await restore();
    expect((await get('/api/analytics/summary')).statusCode).toBe(200);
    expect((await post({ address: '1 Found St', price: 1 })).statusCode).toBe(201);
  });
});

describe('GET /api/analytics/sales.csv and .parquet', () => {
  it('send every sale that fits as a file', async () => {
    const csv = await get('/api/analytics/sales.csv?region=vic');
    expect(csv.statusCode).toBe(200);
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="sales-demo-\d+\.csv"$/);
    expect(csv.body.trimEnd().split('\n')).toHaveLength(2);
    expect(csv.body).toContain('456 Blue Rd');
    const { headers } = await get('/api/analytics/sales', { accept: 'text/csv' });
    expect(csv.headers['property-insights-covered']).toMatch(/^[-\d]+\/[-\d]+$/);
    expect(csv.headers['property-insights-covered']).toBe(headers['property-insights-covered']);
    expect(Number(csv.headers['content-length'])).toBe(csv.rawPayload.length);
    const parquet = await get('/api/analytics/sales.parquet');
    expect(parquet.rawPayload.subarray(0, 4).toString()).toBe('PAR1');
  });

  it('say what is wrong', async () => {
    expect((await get('/api/analytics/sales.csv?region=Nowhere')).json().error).toContain('its regions are');
    expect((await get('/api/analytics/sales.csv?limit=5')).json().error).toContain('Unknown query parameter "limit"');
    expect((await get('/api/analytics/sales.csv?market=none')).statusCode).toBe(404);
  });
});

describe('GET /api/analytics/comparables and estimate', () => {
  const green = 'address=123%20Green%20St,%20Sydney&valued_on=2025-07-02';

  it('values a property by those like it, as JSON and CSV', async () => {
    const estimate = (await get(`/api/analytics/estimate?${green}`)).json();
    expect(estimate).toMatchObject({
      subject: { type: 'House', locality: 'Sydney' },
      valued_on: '2025-07-02',
      low: null,
    });
    expect(estimate.comparables[0]).toMatchObject({ rank: 1, relation: 'property', price: 1_200_000 });
    const csv = await get(`/api/analytics/comparables?${green}`, { accept: 'text/csv' });
    expect(csv.body).toMatch(/^rank,id,property_id,address,.*adjusted_price,expected_error,similarity\r\n1,/);
  });

  it('says what is possible where it cannot', async () => {
    for (const question of ['comparables', 'estimate']) {
      expect((await get(`/api/analytics/${question}?market=none&${green}`)).statusCode).toBe(404);
      expect((await get(`/api/analytics/${question}?type=Castle&locality=Sydney`)).json()).toMatchObject({
        status: 400,
        error: 'Demonstration has no type "Castle"; its types are Apartment, House.',
      });
    }
  });
});
