/** The built page, as the analytical service serves it from a real database, in a real browser. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildIfStale } from '../build-if-stale.ts';
import { findChromium, launchChromium } from './browser.ts';
import { type ServedPage, servePage } from './served-page.ts';

const chromium = findChromium();
if (!chromium) {
  console.warn('SKIPPED: the page’s tests need a Chromium; install one, or name it in CHROMIUM_PATH.');
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Gzipped bytes of scripts before the first paint. */
const maxScripts = 230_000;

describe.skipIf(!chromium)('the page', () => {
  let browser: Browser;
  let served: ServedPage;
  let directory: string;
  let page: Page;
  /** Errors of the browser: script errors, refused content, requests to other hosts. */
  let errors: string[];
  /** The addresses of all requests, and of those that failed. */
  let asked: string[];
  let failed: string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'property-insights-page-'));
    await buildIfStale();
    // Every start relies on this being fast.
    expect(await buildIfStale()).toBe(false);
    served = await servePage(directory);
    browser = await launchChromium(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(directory, { recursive: true, force: true });
  });
  afterEach(async () => {
    await page.context().close();
    expect(errors).toEqual([]);
  });

  async function open(address: string, options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-AU',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
    [errors, asked, failed] = [[], [], []];
    page.on('requestfailed', (request) => failed.push(request.url()));
    page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      // Some tests expect error responses.
      if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource'))
        errors.push(message.text());
    });
    page.on('request', (request) => {
      asked.push(request.url());
      if (!request.url().startsWith(served.address) && !request.url().startsWith('blob:'))
        errors.push(`asked ${request.url()}`);
    });
    await page.goto(served.address + address);
  }

  const query = () => new URL(page.url()).search;
  const parameters = () => new URL(page.url()).searchParams;
  const figure = (label: string) =>
    page
      .locator('dl > div', { has: page.locator('dt', { hasText: label }) })
      .locator('dd')
      .first();
  const section = (title: string) => page.getByRole('region', { name: title });
  const title = () => page.getByRole('heading', { level: 1 });
  const word = (name: string) => title().getByRole('button', { name });
  const drawer = () => page.getByRole('dialog', { name: /sales/i }).first();
  const ready = async () => {
    await page.locator('[data-drawn=true]').first().waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true]').length === 0);
  };
  /** The answer of the service to a question. */
  const answer = async (path: string) => (await fetch(`${served.address}/api/analytics/${path}`)).json();

  /** The period of the level figures of a market: its last twelve covered months, or all of them if they are fewer. */
  const levelOf = async (market: string) => {
    const { covered } = await answer(`facets?market=${market}`);
    const [year, month] = covered.to.split('-').map(Number);
    const from = new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10);
    return `sold_from=${from > covered.from ? from : covered.from}&sold_to=${covered.to}`;
  };

  test('states the question as a sentence, and the main figures of the default market', async () => {
    await open('/');
    await ready();
    expect(await title().getAttribute('aria-label')).toMatch(/^Every type of property in Demonstration, signed /);
    expect(await figure('Median house').textContent()).toBe('$1,850,000');
    expect(await figure('Sales').textContent()).toBe('3');
    expect(query()).toBe('');
    expect(await page.title()).toBe('Overview – Demonstration – Property Insights');
  });

  test('every figure equals the answer of the service, and opens as many rows as it says', async () => {
    await open('/?market=made-up');
    await ready();
    const { by_type: types, sales } = await answer(`summary?market=made-up&${await levelOf('made-up')}`);
    const price = (value: number) => `$${Math.round(value).toLocaleString('en-AU')}`;
    const rows = section('What is sold').locator('tbody tr');
    expect(await rows.count()).toBe(types.length);
    for (const [i, type] of types.entries()) {
      expect(await rows.nth(i).locator('td').last().textContent()).toBe(price(type.median_price));
      const door = rows.nth(i).getByRole('link').first();
      expect(await door.textContent()).toBe(type.sales.toLocaleString('en-AU'));
      await door.click();
      await page.getByRole('dialog', { name: `These ${type.sales.toLocaleString('en-AU')} sales` }).waitFor();
      expect(Number(await drawer().getByRole('table').getAttribute('aria-rowcount'))).toBe(type.sales + 1);
      expect(parameters().get('rows')).toContain(`type=${type.type}`);
      await page.keyboard.press('Escape');
      await drawer().waitFor({ state: 'detached' });
    }
    expect(await figure('Sales').textContent()).toBe(sales.toLocaleString('en-AU'));
  });

  test('an ordinary load asks each question once, and no request fails', async () => {
    for (const path of ['/', '/app/explore', '/app/areas', '/app/index']) {
      for (const market of ['made-up', 'vale']) {
        await open(`${path}?market=${market}`);
        await page.locator('tbody tr').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(failed).toEqual([]);
        const questions = asked.filter((url) => url.includes('/api/analytics/'));
        expect(questions.length).toBeGreaterThan(0);
        expect(questions.filter((url, i) => questions.indexOf(url) !== i)).toEqual([]);
        await page.context().close();
      }
    }
  });

  test('a bar and a cell open as many sales as they say, by keyboard and by pointer', async () => {
    await open('/?market=made-up');
    await ready();
    const spread = page.getByRole('group', { name: /^How prices spread/ });
    await spread.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const inBar = /Sales: ([\d,]+)/.exec((await spread.locator('[aria-live]').textContent()) ?? '')?.[1];
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: `These ${inBar} sales` }).waitFor();
    await page.context().close();

    await open('/app/explore?market=made-up&type=House');
    await ready();
    const cells = page.getByRole('group', { name: /^Numbers of sales by price and area/ });
    await cells.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await cells.boundingBox()) as NonNullable<
      Awaited<ReturnType<typeof cells.boundingBox>>
    >;
    await page.mouse.move(x + width / 2, y + height / 2);
    const inCell = /Sales: ([\d,]+)/.exec((await cells.locator('[aria-live]').textContent()) ?? '')?.[1];
    await page.mouse.click(x + width / 2, y + height / 2);
    await page.getByRole('dialog', { name: `These ${inCell} sales` }).waitFor();
    await page.keyboard.press('Escape');
    // A rectangle chooses a range of both instead.
    await page.mouse.move(x + width / 3, y + height / 3);
    await page.mouse.down();
    await page.mouse.move(x + (width * 2) / 3, y + (height * 2) / 3, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => parameters().get('price_min')).not.toBeNull();
    expect(parameters().get('land_area_max')).not.toBeNull();
    expect(parameters().get('rows')).toBeNull();
  });

  test('places of the map are reached by keyboard, and what is in sight can be the filter', async () => {
    await open('/app/explore?market=made-up');
    await ready();
    const map = page.getByRole('group', { name: /^Where they are/ });
    await map.focus();
    await page.keyboard.press('ArrowRight');
    const spoken = section('Where they are').locator('[aria-live]');
    await expect.poll(() => spoken.textContent()).toMatch(/^Place \d+: median \$[\d,]+, 50 sales$/);
    for (let i = 0; i < 3; i++) await page.keyboard.press('+');
    await section('Where they are').getByRole('button', { name: 'Draw an area' }).click();
    await section('Where they are').getByRole('button', { name: 'All in sight' }).click();
    await expect.poll(() => parameters().get('within')).toMatch(/^150\./);
    const { sales } = await answer(`summary?market=made-up&within=${parameters().get('within')}`);
    expect(sales).toBeLessThan(6000);
    await page.getByRole('heading', { name: `${sales.toLocaleString('en-AU')} sales` }).waitFor();
    expect(await title().getAttribute('aria-label')).toContain('in a part of the map');
    await section('Where they are').getByRole('button', { name: 'Remove the area' }).click();
    await page.getByRole('heading', { name: '6,000 sales' }).waitFor();
    // A polygon is closed by a click on its first corner.
    await section('Where they are').getByRole('button', { name: 'Draw an area' }).click();
    for (const [x, y] of [
      [60, 60],
      [300, 80],
      [260, 240],
      [150, 120],
      [60, 60],
    ] as const) {
      await map.click({ position: { x, y }, force: true });
    }
    await expect.poll(() => parameters().get('within')?.split(',').length).toBe(8);
    const { sales: around } = await answer(`summary?market=made-up&within=${parameters().get('within')}`);
    await page.getByRole('heading', { name: `${around.toLocaleString('en-AU')} sales` }).waitFor();
    expect(await section('Where they are').getByRole('button', { name: 'Remove the area' }).count()).toBe(1);
  });

  test('the columns of the table are chosen, and are in the address', async () => {
    await open('/app/explore?market=made-up');
    await ready();
    const heads = page.getByRole('table', { name: 'Sales' }).getByRole('columnheader');
    expect(await heads.allTextContents()).toEqual(['Signed ↓', 'Address', 'Locality', 'Type', 'Land', 'Price']);
    await page.getByRole('button', { name: 'Columns' }).click();
    expect(await page.getByRole('checkbox', { name: 'Floor' }).count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Bedrooms' }).check();
    await page.getByRole('checkbox', { name: 'Locality' }).uncheck();
    const chosen = ['Signed ↓', 'Address', 'Type', 'Bedrooms', 'Land', 'Price'];
    await expect.poll(() => heads.allTextContents()).toEqual(chosen);
    await page.reload();
    await expect.poll(() => heads.allTextContents()).toEqual(chosen);
  });

  test('the last load is undone by who may, and the undo is undone', async () => {
    await open('/?market=twins');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByRole('button', { name: 'Undo version 1' }).click();
    await page.getByLabel('A token with the scope “admin”').fill(served.adminToken);
    await page.getByRole('button', { name: 'Undo version 1' }).click();
    await page.getByText('Version 1 is undone.').waitFor();
    expect((await answer('summary?market=twins')).sales).toBe(0);
    await page.getByRole('button', { name: 'Bring back' }).click();
    await page.getByText('It is back.').waitFor();
    expect((await answer('summary?market=twins')).sales).toBe(3);
  });

  test('the drawer begins around the median, sorts, and closes with the back button', async () => {
    await open('/?market=made-up');
    await ready();
    await figure('Median house').getByRole('link').click();
    const { median_price: median, sales } = await answer(
      `summary?market=made-up&type=House&${await levelOf('made-up')}`,
    );
    await drawer()
      .getByText(`two prices in the middle of ${sales.toLocaleString('en-AU')}`)
      .or(drawer().getByText('The median is the price in the middle'))
      .waitFor();
    const marked = drawer().locator('[data-marked=true]');
    await expect.poll(() => marked.count()).toBeGreaterThan(0);
    await expect
      .poll(async () => {
        const prices = (await marked.locator('[role=cell]:last-child').allTextContents()).map((text) =>
          Number(text.replace(/\D/g, '')),
        );
        return prices.length > 0 && prices.reduce((a, b) => a + b, 0) / prices.length;
      })
      .toBeCloseTo(median, 0);
    await drawer().getByRole('button', { name: 'Signed' }).click();
    await expect.poll(() => drawer().locator('[aria-sort=descending]').textContent()).toContain('Signed');
    await page.goBack();
    await drawer().waitFor({ state: 'detached' });
    expect(query()).toBe('?market=made-up');
  });

  test('states how many sales are left out, and opens those of a reason', async () => {
    await open('/?market=vale&sold_from=2022-01-01&sold_to=2024-12-31');
    await ready();
    await page.getByRole('button', { name: '12 left out' }).first().click();
    await page.getByRole('link', { name: '12', exact: true }).click();
    await page.getByRole('dialog', { name: 'These 12 sales' }).waitFor();
    expect(new URLSearchParams(parameters().get('rows') ?? '').getAll('reason')).toEqual(['part interest']);
    await page.keyboard.press('Escape');
    const ledger = section('Where every row went').locator('tr');
    expect(await ledger.locator('.number').allTextContents()).toEqual(['612', '−12', '600']);
  });

  test('marks a synthetic market, and names the source of a real one', async () => {
    await open('/?market=made-up');
    await ready();
    expect(await page.getByText('Synthetic market').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Market: Made up' }).click();
    await page.getByRole('link', { name: /^Vale/ }).click();
    await page.getByText('© Vale Land Registry, CC BY 4.0').waitFor();
    await expect.poll(() => figure('Median house').textContent()).toMatch(/^£[\d,]+$/);
    expect(query()).toBe('?market=vale');
  });

  test('the words of the sentence are the filters, and the address restores the view', async () => {
    await open('/?market=made-up');
    await ready();
    await word('Type').click();
    await page.getByRole('checkbox', { name: /Houses/ }).check();
    await page.keyboard.press('Escape');
    await word('Place').click();
    await page.getByPlaceholder('Locality or postcode').fill('place 7');
    await page
      .getByRole('option', { name: /Place 7 / })
      .first()
      .click();
    await page.keyboard.press('Escape');
    await page.getByText('Quarter', { exact: true }).click();
    await ready();
    const sentence = await title().getAttribute('aria-label');
    expect(sentence).toMatch(/^Houses in Place 7/);
    expect(parameters().get('type')).toBe('House');
    expect(parameters().get('interval')).toBe('quarter');
    const shown = await figure('Median house').textContent();
    const address = query();
    await page.context().close();
    await open(`/${address}`);
    await ready();
    expect(await title().getAttribute('aria-label')).toBe(sentence);
    expect(await figure('Median house').textContent()).toBe(shown);
    expect(query()).toBe(address);
  });

  test('another market starts without filters, and keeps the settings', async () => {
    await open('/?market=made-up&region=North&locality=Place+7&interval=year');
    await ready();
    await page.getByRole('button', { name: /^Market/ }).click();
    await page.getByRole('link', { name: /^Vale/ }).click();
    await page.getByText('© Vale Land Registry').waitFor();
    expect(Object.fromEntries(parameters())).toEqual({ market: 'vale', interval: 'year' });
  });

  test('a market is made the default by who may', async () => {
    const byDefault = async () =>
      ((await (await fetch(`${served.address}/api/markets`)).json()) as { code: string; is_default: boolean }[]).find(
        ({ is_default }) => is_default,
      )?.code as string;
    const before = await byDefault();
    await open('/?market=vale');
    await ready();
    await page.getByRole('button', { name: /^Market/ }).click();
    await page.getByRole('button', { name: 'Make it the default market' }).click();
    await page.getByLabel('A token with the scope “admin”').fill(served.adminToken);
    await page.getByRole('button', { name: 'Make it the default market' }).click();
    await page.getByText('is the default market.').waitFor();
    expect(await byDefault()).toBe('vale');
    await page.getByRole('button', { name: /^Market/ }).click();
    await page.getByRole('link', { name: /^Vale.*default/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Make it the default market' }).count()).toBe(0);
    await fetch(`${served.address}/api/markets/${before}`, {
      method: 'PATCH',
      body: JSON.stringify({ is_default: true }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${served.adminToken}` },
    });
    expect(await byDefault()).toBe(before);
  });

  test('the palette finds places, views, markets and actions, and saves views', async () => {
    await open('/?market=made-up');
    await ready();
    await page.keyboard.press('Control+k');
    const input = page.getByPlaceholder('Place, view, action');
    await input.fill('place 12');
    await page.getByRole('option', { name: /Save this view as “place 12”/ }).click();
    await page.getByText('The view “place 12” is saved').waitFor();
    await page.keyboard.press('Control+k');
    await input.fill('vale');
    await page.getByRole('option', { name: /Vale/ }).click();
    await page.getByText('© Vale Land Registry').waitFor();
    await page.keyboard.press('/');
    await input.fill('place 12');
    await page.getByRole('option', { name: /^place 12/ }).click();
    await expect.poll(query).toBe('?market=made-up');
  });

  test('arrow keys move along the points of a chart, which are spoken, and Enter opens their sales', async () => {
    await open('/?market=vale&interval=year');
    await ready();
    const chart = page.getByRole('group', { name: /^Price by year/ });
    await chart.focus();
    await page.keyboard.press('Home');
    const { periods } = await answer('trend?market=vale&interval=year&group_by=type&period=all');
    const spoken = chart.locator('[aria-live=polite]');
    await expect.poll(() => spoken.textContent()).toContain(periods[0].period.slice(0, 4));
    const line = (await spoken.textContent()) as string;
    const shown = periods.find(
      ({ group, period }: { group: string; period: string }) => period.startsWith('2022') && line.includes(group),
    );
    expect(line).toContain(`Sales: ${shown.sales}`);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: `These ${shown.sales} sales` }).waitFor();
  });

  test('a chart has a table, a CSV file and a citation whose link opens this version', async () => {
    await open('/?market=vale&interval=year');
    await ready();
    const trend = section('Price by year of contract');
    await trend.getByRole('button', { name: /table$/ }).click();
    expect(await trend.locator('tbody tr').count()).toBe(6);
    const download = page.waitForEvent('download');
    await trend.getByRole('button', { name: /download as CSV$/ }).click();
    const csv = await readFile(await (await download).path(), 'utf8');
    expect(csv.split('\r\n')[0]).toMatch(/^period,group,sales,median/);
    await trend.getByRole('button', { name: /cite$/ }).click();
    const dialog = page.getByRole('dialog', { name: /^Cite/ });
    const { citation, version } = await answer('trend?market=vale&interval=year&group_by=type&period=all');
    await dialog.getByText(citation.sentence).waitFor();
    const link = await dialog.getByRole('textbox').inputValue();
    expect(new URL(link).searchParams.get('as_of')).toBe(String(version));
    await page.keyboard.press('Escape');
    await page.goto(link);
    await page.getByText(`You see version ${version}`).waitFor();
    await page.getByText(`Today, in version ${version}: 600 sales`).waitFor();
    await page.getByRole('link', { name: 'Go to today' }).click();
    await expect.poll(() => parameters().get('as_of')).toBeNull();
  });

  test('a range brushed on a histogram filters every chart and the table, and the keyboard chooses it too', async () => {
    await open('/app/explore?market=vale&interval=year');
    await ready();
    const handle = page.getByRole('slider', { name: 'Price, from' });
    await handle.focus();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => parameters().get('price_min')).not.toBeNull();
    const low = Number(parameters().get('price_min'));
    // The chart under the hand is asked first, then the number beside the sentence, then the rest.
    await ready();
    const order = asked.filter((url) => url.includes(`price_min=${low}`)).map((url) => new URL(url).pathname.slice(15));
    expect(order.slice(0, 2)).toEqual(['histograms', 'summary']);
    expect(order.length).toBeGreaterThan(4);
    const { sales, median_price: median } = await answer(`summary?market=vale&price_min=${low}`);
    const shown = sales.toLocaleString('en-AU');
    await page.getByRole('heading', { name: `${shown} sales` }).waitFor();
    expect(await page.getByText(`median £${Math.round(median).toLocaleString('en-AU')}`).count()).toBe(1);
    expect(Number(await page.getByRole('table', { name: 'Sales' }).getAttribute('aria-rowcount'))).toBe(sales + 1);
    expect(await title().getAttribute('aria-label')).toContain(`at £${low.toLocaleString('en-AU')} or more`);
    await page.getByRole('checkbox', { name: /Houses/ }).check();
    const { sales: houses } = await answer(`summary?market=vale&price_min=${low}&type=House`);
    await page.getByRole('heading', { name: `${houses.toLocaleString('en-AU')} sales` }).waitFor();
    // A name in the chart of areas chooses the area.
    await section('Most of them in').getByRole('button').first().click();
    await expect.poll(() => parameters().get('locality')).not.toBeNull();
  });

  test('T shows the table of the chart that has the focus, and C cites it, or the figure', async () => {
    await open('/?market=vale&interval=year');
    await ready();
    const trend = section('Price by year of contract');
    await trend.getByRole('group', { name: /^Price by year/ }).focus();
    await page.keyboard.press('t');
    expect(await trend.locator('tbody tr').count()).toBe(6);
    await page.keyboard.press('t');
    await trend.getByRole('group', { name: /^Price by year/ }).focus();
    await page.keyboard.press('c');
    await page.getByRole('dialog', { name: 'Cite: Price by year of contract' }).waitFor();
    await page.keyboard.press('Escape');
    await figure('Sales').getByRole('link').focus();
    await page.keyboard.press('c');
    const cited = page.getByRole('dialog', { name: 'Cite: The main figures' });
    const { citation } = await answer(`summary?market=vale&${await levelOf('vale')}`);
    await cited.getByText(citation.sentence).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByText('Cites the chart or figure that has the focus').waitFor();
  });

  test('a part that cannot be drawn leaves the others, and is tried again', async () => {
    await open('/');
    await ready();
    // An answer without the member that the map draws.
    await page.route('**/api/analytics/map?**', (route) =>
      route.fulfill({ json: { type: 'FeatureCollection', features: [{}], unlocated: 0, approximate: 0 } }),
    );
    await page.goto(`${served.address}/?market=made-up`);
    const broken = page.getByRole('alert');
    await broken.getByText('This part could not be drawn.').waitFor();
    await ready();
    expect(await section('What is sold').locator('tbody tr').count()).toBe(2);
    await page.unroute('**/api/analytics/map?**');
    await broken.getByRole('button', { name: 'Try again' }).click();
    await section('on the map').getByRole('group').first().waitFor();
    expect(await broken.count()).toBe(0);
    // React reports what a boundary catches.
    expect(errors.splice(0).join()).toContain('TypeError');
  });

  test('a load states what is unlikely in its files, what could not be read, and what a complete edition retired', async () => {
    const load = async (rows: string[], parameters: string) => {
      const files = new FormData();
      files.set('file', new Blob([['contract_date,price,address', ...rows].join('\n')]), 'sales.csv');
      const sent = await fetch(`${served.address}/api/imports?market=loads${parameters}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${served.adminToken}` },
        body: files,
      });
      const status = `${served.address}${sent.headers.get('location')}`;
      await expect.poll(async () => (await (await fetch(status)).json()).state, { timeout: 60_000 }).toBe('finished');
      return (await fetch(status)).json();
    };
    await load(['2024-01-05,500000,1 High St', '2024-02-05,600000,2 High St'], '');
    const { notes } = await load(
      ['2024-01-05,500000,1 High St', '2999-01-01,1,3 High St', 'never,1,4 High St'],
      '&edition=complete&max_rejects=0.5',
    );
    expect(notes).toHaveLength(1);
    await open('/?market=loads');
    const loads = section('What the last loads changed');
    await loads.getByText('A complete edition: sales that it lacks were retired (1)').waitFor();
    await loads.getByText(notes[0]).waitFor();
    expect(await loads.getByRole('link', { name: 'Rows that could not be read (1)' }).getAttribute('href')).toMatch(
      /^\/api\/imports\/.*\/rejects$/,
    );
  });

  test('a view that was opened is shown again as it was, or with the filters that changed meanwhile', async () => {
    await open('/app/explore?market=vale');
    await ready();
    const chart = await page.locator('[data-drawn=true] svg').elementHandle();
    const views = page.getByRole('navigation', { name: 'Views' }).first();
    await views.getByRole('link', { name: 'Overview' }).click();
    await figure('Median house').waitFor();
    expect(await chart?.isVisible()).toBe(false);
    await views.getByRole('link', { name: 'Explore' }).click();
    await expect.poll(() => chart?.isVisible()).toBe(true);
    await views.getByRole('link', { name: 'Overview' }).click();
    await word('Type').click();
    await page.getByRole('checkbox', { name: /Houses/ }).check();
    await views.getByRole('link', { name: 'Explore' }).click();
    const { sales } = await answer('summary?market=vale&type=House');
    await page.getByRole('heading', { name: `${sales} sales` }).waitFor();
    expect(await chart?.isVisible()).toBe(true);
  });

  test('the counts beside the filters are those of the facets, and what the register does not state is not offered', async () => {
    await open('/app/explore?market=vale&price_min=300000');
    await ready();
    const { type } = await answer('facets?market=vale&price_min=300000');
    for (const { value, sales } of type.values) {
      const name = new RegExp(`^${value}s ${sales.toLocaleString('en-AU')}$`);
      expect(await page.getByRole('checkbox', { name }).count(), String(name)).toBe(1);
    }
    expect(await page.getByText(/Vale states no bedrooms, land area, floor area and coordinates/).isVisible()).toBe(
      true,
    );
    expect(await page.getByRole('slider', { name: 'Land, from' }).count()).toBe(0);
  });

  test('a sale is set aside with a reason from its row, and the undo reinstates it', async () => {
    await open('/app/explore?market=vale');
    await ready();
    // The load balancer of the local system adds the token; without it the page asks for one.
    await page
      .getByRole('table', { name: 'Sales' })
      .getByRole('button', { name: /High St/ })
      .first()
      .click();
    await page.getByLabel('Set it aside, and why').fill('sold to a relative');
    await page.getByRole('button', { name: 'Set the sale aside' }).click();
    await page.getByLabel('A token with the scope “write”').fill(served.token);
    await page.getByRole('button', { name: 'Set the sale aside' }).click();
    await page.getByText(/is set aside, in version/).waitFor();
    await page.getByRole('heading', { name: '599 sales' }).waitFor();
    await page.getByRole('button', { name: '13 left out' }).first().click();
    await page.getByText('set aside by hand').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: '600 sales' }).waitFor();
  });

  test('areas are ranked, sorted by keyboard, and compared as prices or as an index', async () => {
    await open('/app/areas?market=made-up');
    await page.getByRole('row').nth(20).waitFor();
    const header = page.getByRole('columnheader', { name: /^Median ?[↓↑]?$/ });
    await header.getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('Enter');
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending');
    const { areas } = await answer('areas?market=made-up&level=locality&sort=median&order=asc&limit=20');
    await expect
      .poll(async () => (await page.locator('tbody th').allTextContents()).slice(0, 20))
      .toEqual(areas.map(({ area }: { area: string }) => area));
    await page.getByRole('checkbox', { name: `Compare ${areas[0].area}`, exact: true }).check();
    await page.getByRole('checkbox', { name: `Compare ${areas[1].area}`, exact: true }).check();
    await page
      .getByRole('group', { name: /^Compared: / })
      .locator('[data-drawn=true]')
      .waitFor();
    await page.getByText('First covered period = 100').click();
    await expect
      .poll(() => Object.fromEntries(parameters()))
      .toMatchObject({ scale: 'index', sort: 'median', order: 'asc' });
    expect(parameters().getAll('area')).toEqual([areas[0].area, areas[1].area]);
    await page.getByRole('button', { name: /^Show 50 more/ }).click();
    await expect.poll(() => page.locator('tbody th').count()).toBe(70);
    await page.goto(`${served.address}/app/areas?market=vale&area=Daleby`);
    const { left_out } = await answer('trend?market=vale&interval=month&group_by=area&level=locality&area=Daleby');
    expect(left_out.count).toBe(6);
    await section('Compared').getByRole('button', { name: '6 left out' }).click();
    await page.getByRole('link', { name: '6', exact: true }).click();
    await page.getByRole('dialog', { name: 'These 6 sales' }).waitFor();
  });

  test('areas with the same name are distinguished by their regions', async () => {
    await open('/app/areas?market=twins');
    await page.getByRole('row').nth(3).waitFor();
    expect(await page.locator('tbody th').allTextContents()).toEqual(['Newtown, North', 'Newtown, South', 'Oldham']);
    await page.getByRole('checkbox', { name: 'Compare Newtown, South' }).check();
    await page.getByRole('group', { name: 'Compared: Newtown, South' }).waitFor();
  });

  test('the price index shows the values of the service by every method, from a base that is chosen on the chart', async () => {
    await open('/app/index?market=made-up&interval=year');
    await ready();
    const { covered } = await answer('facets?market=made-up');
    const asked = `price-index?market=made-up&interval=year&period=all&sold_from=${covered.from}&all_methods=true`;
    const { methods, periods, base } = await answer(asked);
    const values = section('Every value').locator('tbody tr');
    const shown = async () => (await values.allTextContents()).join();
    const [{ method }] = methods;
    for (const { index } of periods.filter((point: { method: string }) => point.method === method)) {
      expect(await shown()).toContain(index.toFixed(1));
    }
    expect(await section('Which one to trust').locator('tbody tr').count()).toBe(methods.length);
    const handle = page.getByRole('slider', { name: 'Base period' });
    expect(await handle.getAttribute('aria-valuetext')).toBe(base.slice(0, 4));
    await handle.press('ArrowRight');
    const next = String(Number(base.slice(0, 4)) + 1);
    await expect.poll(() => parameters().get('base')).toBe(`${next}-01-01`);
    await expect.poll(shown).toContain(`${next}100.0base`);
    const chart = page.getByRole('group', { name: /^Price index: / });
    await page.getByRole('checkbox', { name: 'Mean', exact: true }).check();
    await expect.poll(() => chart.getAttribute('aria-label')).toContain('Mean');
    await values.filter({ hasText: next }).getByRole('link').first().click();
    const { sales } = await answer(`summary?market=made-up&sold_from=${next}-01-01&sold_to=${next}-12-31`);
    await drawer().getByText(sales.toLocaleString('en-AU')).first().waitFor();
  });

  test('a dwelling is valued by its address or by what is known of it, and every step is shown', async () => {
    await open('/app/comparables?market=made-up');
    await page.getByPlaceholder('Number and street').fill('7 High St');
    await page
      .getByRole('option', { name: /^7 High St, Place/ })
      .first()
      .click();
    await title().getByText('7 High St').waitFor();
    const id = new URLSearchParams(parameters().get('subject') as string).get('id');
    const known = await answer(`estimate?market=made-up&id=${id}`);
    const digits = (value: number) => `$${Number(value.toPrecision(3)).toLocaleString('en-AU')}`;
    await page.getByText(digits(known.estimate), { exact: true }).waitFor();
    await page.getByText(`${digits(known.low)} to ${digits(known.high)}`).waitFor();
    await section('Its own sales').locator('tbody tr').first().waitFor();

    await page.getByRole('button', { name: 'Value another' }).click();
    await page.getByLabel('Locality').fill('Place 5');
    await page.getByLabel('Land, m²').fill('500');
    await page.getByLabel('Bedrooms').fill('3');
    await page.getByRole('button', { name: 'Value it' }).click();
    const described = await answer('estimate?market=made-up&type=House&locality=Place+5&land_area=500&bedrooms=3');
    await page.getByText(digits(described.estimate), { exact: true }).waitFor();
    const rows = section('Step by step').locator('tbody tr');
    // The last is the price model.
    expect(await rows.count()).toBe(described.comparables.length + 1);
    const [, second] = described.comparables;
    await page.getByRole('button', { name: 'The next comparable' }).click();
    expect(parameters().get('rank')).toBe(String(second.rank));
    const price = `$${second.adjusted_price.toLocaleString('en-AU')}`;
    await section('From its price to ours').getByText(price, { exact: true }).waitFor();
    expect(await rows.nth(1).textContent()).toContain(price);

    await page.goto(`${served.address}/app/comparables?market=made-up&subject=address%3DNowhere`);
    await page.getByText('Made up has no sale at "Nowhere"').waitFor();
    expect(await page.getByPlaceholder('Number and street').isVisible()).toBe(true);
  });

  test('files are loaded on the page: previewed, asked about, followed, and undone', async () => {
    await open('/app/data?market=empty');
    await page.evaluate((token) => sessionStorage.setItem('token', token), served.adminToken);
    await page.reload();
    const content =
      'sold;address;suburb;price;land\n03/04/2024;1 A St;Northville;500000;600\n05/06/2024;2 A St;Northville;510000;700\n';
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        name: 'agency.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(content),
      });
    const load = page.getByRole('button', { name: 'Load into Empty' });
    await page.getByRole('button', { name: 'day first' }).waitFor();
    expect(await load.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'day first' }).click();
    await page.getByRole('button', { name: 'square metres' }).click();
    await page.getByText('3 Apr 2024').waitFor();
    await load.click();
    await page.getByRole('heading', { name: 'Loaded', exact: true }).waitFor();
    expect(await page.getByRole('row', { name: 'New sales 2' }).isVisible()).toBe(true);
    await page.reload();
    await page.getByRole('heading', { name: 'Loaded', exact: true }).waitFor();
    expect((await answer('summary?market=empty')).sales).toBe(2);
    await section('History').getByRole('button', { name: 'Undo' }).first().click();
    await page.getByRole('button', { name: /^Undo version/ }).click();
    await page.getByText(/^Version \d+ is undone/).waitFor();
    expect((await answer('summary?market=empty')).sales).toBe(0);
  });

  test('the first press of Tab focuses the link to the figures', async () => {
    await open('/');
    await ready();
    await page.keyboard.press('Tab');
    const link = page.getByRole('link', { name: 'Skip to the figures' });
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });

  test('a market without sales shows how to import them', async () => {
    await open('/?market=empty');
    await page.getByRole('heading', { name: 'No sales yet' }).waitFor();
    expect(await page.getByText('npm run import -- FILES… --market empty').isVisible()).toBe(true);
  });

  test('filters without a matching sale can be cleared', async () => {
    await open('/?market=vale&type=House&region=Hill');
    await page.getByRole('heading', { name: 'No sale matches' }).waitFor();
    await page.getByRole('link', { name: 'Clear the filters' }).click();
    await ready();
    expect(query()).toBe('?market=vale');
  });

  test('an invalid address shows the service’s message, and can be corrected on the page', async () => {
    await open('/?market=vale&region=Nowhere');
    await page.getByRole('alert').first().waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain('Vale has no region "Nowhere"');
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await ready();
    await page.context().close();

    await open('/?market=atlantis');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('atlantis');
    await page.context().close();

    await open('/app/nowhere');
    await page.getByText('There is no such view.').waitFor();
  });

  test('an unreachable service is reported, and the user can retry', async () => {
    await open('/');
    await ready();
    await page.route('**/api/analytics/**', (route) => route.abort());
    await page.getByRole('button', { name: /^Market/ }).click();
    await page.getByRole('link', { name: /^Vale/ }).click();
    await page.getByText('The service could not be reached.').first().waitFor();
    await page.unroute('**/api/analytics/**');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    const { sales } = await answer(`summary?market=vale&${await levelOf('vale')}`);
    await expect.poll(() => figure('Sales').textContent()).toBe(String(sales));
  });

  test('says when the connection is lost, and keeps what is on the page', async () => {
    await open('/');
    await ready();
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    expect(await figure('Sales').textContent()).toBe('3');
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
  });

  test('colours follow the system until switched, and the switch is remembered', async () => {
    await open('/', { colorScheme: 'dark' });
    await ready();
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect(await ground()).toBe('rgb(18, 24, 29)');
    await page.getByRole('button', { name: 'Light or dark' }).click();
    expect(await ground()).toBe('rgb(251, 250, 247)');
    await page.reload();
    await ready();
    expect(await ground()).toBe('rgb(251, 250, 247)');
  });

  test.each([360, 1440])(
    'the scripts before the first paint are small, and nothing moves at %i pixels',
    async (width) => {
      await open('/?market=made-up', { viewport: { width, height: 900 } });
      await ready();
      const { shifts, early } = await page.evaluate(async () => {
        const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity;
        const shifts: { value: number; moved: (string | undefined)[] }[] = [];
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            const { value, sources } = entry as unknown as { value: number; sources: { node?: HTMLElement }[] };
            shifts.push({ value, moved: sources.map(({ node }) => node?.className || node?.nodeName) });
          }
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        await new Promise((resolve) => setTimeout(resolve, 200));
        const scripts = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
        return {
          shifts,
          early: scripts
            .filter(({ name, startTime }) => name.endsWith('.js') && startTime < paint)
            .map(({ name }) => name),
        };
      });
      const assets = join(import.meta.dirname, '../dist/assets');
      const files = await readdir(assets);
      expect(early.length).toBeGreaterThan(0);
      let bytes = 0;
      for (const name of early.map((url) => url.split('/').at(-1) as string)) {
        expect(files).toContain(name);
        bytes += gzipSync(await readFile(join(assets, name))).length;
      }
      expect(bytes).toBeLessThan(maxScripts);
      const shift = shifts.reduce((sum, { value }) => sum + value, 0);
      expect(shift, JSON.stringify(shifts)).toBeLessThan(0.02);
    },
  );

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)(
    'has nothing that accessibility rules (WCAG 2.2 AA) object to, and fits: %s, %i pixels wide',
    async (colorScheme, width) => {
      // The page's content security policy would refuse the rules that the test injects.
      await open('/', { colorScheme, viewport: { width, height: 800 }, bypassCSP: true });
      for (const [address, last] of [
        ['/?market=made-up&type=House&locality=Place+1', '[data-drawn=true]'],
        ['/?market=vale&rows=type%3DHouse', '[data-marked=true]'],
        ['/app/explore?market=made-up&type=House', '[data-drawn=true]'],
        ['/app/areas?market=made-up&area=Place+1&area=Place+2', '[data-drawn=true]'],
        ['/app/index?market=made-up&interval=quarter', '[data-drawn=true]'],
        ['/app/comparables?market=made-up', 'main form'],
        ['/app/data?market=made-up', 'tbody tr'],
        ['/app/comparables?market=made-up&subject=type%3DHouse%26locality%3DPlace+1', 'tbody button'],
        ['/?market=empty', 'code'],
        ['/?market=atlantis', '[role=alert]'],
      ] as const) {
        await page.goto(served.address + address);
        await page.locator(last).first().waitFor();
        await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true]').length === 0);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() =>
          (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
          }),
        );
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
        expect(found, address).toEqual([]);
        const { scrollWidth, clientWidth } = await page.evaluate(() => ({
          scrollWidth: document.documentElement.scrollWidth,
          clientWidth: document.documentElement.clientWidth,
        }));
        expect(scrollWidth, `width of ${address}`).toBeLessThanOrEqual(clientWidth);
      }
    },
  );
});
