/** The page on the real sales of New South Wales in 2024. Its figures are compared with the API's, and with a second reading of the files. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { JobQueue } from '@property-insights/imports';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nswZips } from '../../../packages/imports/test/helpers.ts';
import { ImportBench, silent } from '../../../packages/imports/test/import-bench.ts';
import { sharedPath, withoutSharedData } from '../../../test/shared-data.ts';
import { createAnalytical } from '../../analytical/src/app.ts';
import { launchChromium } from './browser.ts';
import { medianOf, type RawSale, readStandardSales } from './nsw-recount.ts';
import { chromium, expectDrawn } from './page.ts';

// An import of the whole year: a quarter of a minute on an idle machine, minutes on a busy one.
const longTimeout = 600_000;

const words = { locale: 'en-AU', viewport: { width: 1440, height: 900 } };
const count = (value: number) => value.toLocaleString('en-AU');
const price = (value: number) => `$${count(Math.floor(value + 0.5))}`;

describe.skipIf(!chromium || withoutSharedData('nsw-psi-2024'))(
  'the page on New South Wales, all 53 weekly files of 2024',
  { timeout: longTimeout },
  () => {
    const bench = new ImportBench();
    let browser: Browser;
    let page: Page;
    let raw: RawSale[];
    let origin: string;
    const closing: (() => unknown)[] = [];

    beforeAll(async () => {
      await bench.import(nswZips());
      raw = await readStandardSales(sharedPath('nsw-psi-2024'));
      const { database, directory } = bench;
      const replica = Replica.open({ directory: join(directory, 'replica'), database, log: silent });
      const jobs = new JobQueue({ directory: join(directory, 'uploads'), database, log: silent });
      const dashboard = join(import.meta.dirname, '../dist');
      const app = await createAnalytical({ database, replica, jobs, dashboard, log: silent });
      origin = await app.listen({ host: '127.0.0.1', port: 0 });
      browser = await launchChromium(chromium as string);
      await expectDrawn(await browser.newPage(words), origin);
      page = await browser.newPage(words);
      // The first view waits for the replica.
      page.setDefaultTimeout(longTimeout);
      closing.push(
        () => browser.close(),
        () => app.close(),
        () => jobs.close(),
        async () => (await replica).close(),
      );
    }, longTimeout);
    afterAll(async () => {
      for (const close of closing) await close();
    });

    const answer = async (path: string) => (await fetch(`${origin}/api/analytics/${path}`)).json();
    const open = async (path: string) => {
      await page.goto(origin + path);
      await page.locator('[data-drawn=true]').or(page.locator('tbody tr')).first().waitFor();
      await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true]').length === 0);
    };
    const figure = (label: string) =>
      page
        .locator('dl > div', { has: page.locator('dt', { hasText: label }) })
        .locator('dd')
        .first();
    const section = (title: string) => page.getByRole('region', { name: title });
    const textOf = (locator: Locator) => locator.textContent();

    test.each([
      '/?market=nsw',
      '/app/explore?market=nsw&type=House&price_min=900000&price_max=1500000&sold_from=2024-01-01&sold_to=2024-09-30',
    ])('every figure equals the API’s and opens as many rows as it says: %s', async (path) => {
      await open(path);
      const doors = page.locator('main a.door');
      const figures = await doors.evaluateAll((links) =>
        links.map((link) => {
          const rows = new URL((link as HTMLAnchorElement).href).searchParams.get('rows') ?? '';
          return { text: link.textContent ?? '', rows };
        }),
      );
      expect(figures.length).toBeGreaterThan(20);
      for (const [i, { text, rows }] of figures.entries()) {
        const { sales, median_price: median, total_value: total } = await answer(`summary?${rows}`);
        const shown = [count(sales), `−${count(sales)}`, price(median)];
        const isTotal = text.endsWith('bn');
        if (isTotal) expect(Number(text.slice(1, -2))).toBe(Number((total / 1e9).toPrecision(3)));
        else if (/\d$/.test(text) && !/[a-z]/.test(text)) expect(shown, rows).toContain(text);
        // As many rows as it says: a drawer takes the longest, and is the same for all.
        if (i % 5 > 0) continue;
        await doors.nth(i).click();
        const drawer = page.getByRole('dialog', { name: `These ${count(sales)} sales` });
        await drawer.waitFor();
        expect(await drawer.getByRole('table').getAttribute('aria-rowcount'), rows).toBe(String(sales + 1));
        await page.keyboard.press('Escape');
        await drawer.waitFor({ state: 'detached' });
      }
    });

    test('the overview shows what the files say', async () => {
      await open('/?market=nsw');
      // The changes of all areas are drawn on one axis.
      const pictures = page.getByRole('region', { name: /moved$/ }).locator('table svg');
      const places = await pictures.evaluateAll((drawings) =>
        drawings.map((drawing) => [drawing.getBoundingClientRect().left, drawing.clientWidth].join()),
      );
      expect(places.length).toBeGreaterThan(10);
      expect(new Set(places).size).toBe(1);
      const { covered } = await answer('facets?market=nsw');
      const sold = raw.filter(({ contract }) => contract >= covered.from && contract <= covered.to);
      const ofType = (type: RawSale['type']) => sold.filter((sale) => sale.type === type);
      expect(await textOf(figure('Sales'))).toBe(count(sold.length));
      expect(await textOf(figure('Median house'))).toBe(price(medianOf(ofType('House'))));
      expect(await textOf(figure('Median unit'))).toBe(price(medianOf(ofType('Unit'))));
      expect(await section('Where every row went').locator('td.number').allTextContents()).toEqual(
        expect.arrayContaining(['216,857', '−14,141', '202,716', count(sold.length)]),
      );
      const land = section('What is sold').getByRole('row', { name: /^Land/ });
      expect(await textOf(land.locator('.number').first())).toBe(count(ofType('Land').length));
    });

    test('Explore shows what the files say', async () => {
      await open(
        '/app/explore?market=nsw&type=House&price_min=900000&price_max=1500000&land_area_min=450&land_area_max=820&sold_from=2024-01-01&sold_to=2024-09-30',
      );
      const sold = raw.filter(
        ({ type, price, landArea, contract }) =>
          type === 'House' &&
          price >= 900_000 &&
          price <= 1_500_000 &&
          landArea !== undefined &&
          landArea >= 450 &&
          landArea <= 820 &&
          contract >= '2024-01-01' &&
          contract <= '2024-09-30',
      );
      await page.getByRole('heading', { name: `${count(sold.length)} sales` }).waitFor();
      await page.getByText(`median ${price(medianOf(sold))}`).waitFor();
      const blacktown = sold.filter(({ locality }) => locality === 'BLACKTOWN');
      const row = section('Most of them in').getByRole('row', { name: /^Blacktown/ });
      expect(await row.getByRole('link').allTextContents()).toEqual([
        count(blacktown.length),
        price(medianOf(blacktown)),
      ]);
    });

    test('Areas shows what the files say', async () => {
      await open('/app/areas?market=nsw&type=House&type=Unit');
      await page.getByRole('row').nth(20).waitFor();
      for (const row of (await page.locator('tbody tr').all()).slice(0, 3)) {
        const name = ((await textOf(row.locator('th'))) as string).toUpperCase();
        const sold = raw.filter(({ type, locality }) => locality === name && (type === 'House' || type === 'Unit'));
        expect(await row.getByRole('link').allTextContents(), name).toEqual([
          count(sold.length),
          price(medianOf(sold)),
        ]);
      }
    });
  },
);
