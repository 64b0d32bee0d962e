/** The built page, as the analytical service serves it from a real database, in a real browser. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe.skipIf(!chromium)('the page', () => {
  let browser: Browser;
  let served: ServedPage;
  let directory: string;
  let page: Page;
  /** Errors of the browser: script errors, refused content, requests to other hosts. */
  let complaints: string[];

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
    expect(complaints).toEqual([]);
  });

  async function open(address: string, options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // Some tests expect error responses.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(served.address)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(served.address + address);
  }

  const query = () => new URL(page.url()).search;
  const figure = (label: string) =>
    page.locator('dl > div', { has: page.locator('dt', { hasText: label }) }).locator('dd');
  const chart = () => page.getByRole('img', { name: /^Price trend/ });
  const areas = () => page.getByRole('table', { name: 'Areas' });
  const rows = () => areas().locator('tbody tr');
  const ready = () => Promise.all([chart().locator('svg').waitFor(), rows().first().waitFor()]);

  test('shows the figures of the default market first', async () => {
    await open('/');
    await ready();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Demonstration');
    expect(await figure('Median price').first().textContent()).toBe('$1,200,000');
    expect(await figure('Sales').first().textContent()).toBe('3');
    expect(await figure('Properties').first().textContent()).toBe('3');
    expect(await figure('Period covered').first().textContent()).toBe('1 Jul 2025 – 1 Jul 2025');
    expect(await rows().allTextContents()).toEqual([
      'Sydneyfew sales2$1,850,000$1,850,000–',
      'Melbournefew sales1$850,000$850,000–',
    ]);
    expect(query()).toBe('');
  });

  test('marks a synthetic market, and names the source of a real one', async () => {
    await open('/?market=made-up');
    await ready();
    expect(await page.getByText('Synthetic market.').isVisible()).toBe(true);
    await page.getByLabel('Market').selectOption('vale');
    await page.getByText('Source: © Vale Land Registry').waitFor();
    expect(await page.getByText('Licence: CC BY 4.0').isVisible()).toBe(true);
    expect(await page.getByText('Synthetic market.').count()).toBe(0);
    expect(await page.title()).toBe('Vale – Property Insights');
    await expect.poll(() => figure('Median price').first().textContent()).toMatch(/^£[\d,]+$/);
  });

  test('states how many sales are left out, and why', async () => {
    await open('/?market=vale');
    await ready();
    expect(await figure('Left out').first().textContent()).toBe('12');
    expect(await page.getByText('Left out: 12 part interest.').isVisible()).toBe(true);
  });

  test('every choice is in the address, and the address restores the view', async () => {
    await open('/');
    await ready();
    await page.getByLabel('Market').selectOption('made-up');
    await page.getByText('Synthetic market.').waitFor();
    await page.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: 'House' }).click();
    await page.keyboard.press('Escape');
    await page.getByText('Quarter', { exact: true }).click();
    await page.getByLabel('Group by').getByText('Region').click();
    await page.getByRole('button', { name: 'Median' }).click();
    await page.getByRole('button', { name: 'Show 50 more' }).click();
    await expect.poll(() => rows().count()).toBe(70);
    expect(query()).toBe('?market=made-up&type=House&interval=quarter&group_by=region&sort=median&limit=70');
    const shown = await Promise.all([rows().allTextContents(), chart().getAttribute('aria-label')]);

    const address = query();
    await page.context().close();
    await open(`/${address}`);
    await ready();
    await expect.poll(() => rows().count()).toBe(70);
    expect(await Promise.all([rows().allTextContents(), chart().getAttribute('aria-label')])).toEqual(shown);
    expect(await areas().getByRole('columnheader', { name: 'Median' }).getAttribute('aria-sort')).toBe('descending');
  });

  test('the browser’s back button goes back through the views', async () => {
    await open('/?market=made-up');
    await ready();
    await areas().getByRole('link', { name: 'Place 1', exact: true }).click();
    await page.getByRole('button', { name: /^Locality: Place 1\b/ }).waitFor();
    await expect.poll(() => rows().count()).toBe(1);
    await page.goBack();
    await expect.poll(() => rows().count()).toBe(20);
    expect(query()).toBe('?market=made-up');
  });

  test('areas with the same name are distinguished by their regions', async () => {
    await open('/?market=twins');
    await ready();
    expect(await areas().getByRole('link').allTextContents()).toEqual(['Newtown, North', 'Newtown, South', 'Oldham']);
    await areas().getByRole('link', { name: 'Newtown, South' }).click();
    await expect.poll(() => areas().getByRole('link').allTextContents()).toEqual(['Newtown']);
    expect(query()).toBe('?market=twins&region=South&locality=Newtown');
  });

  test('another market starts without filters', async () => {
    await open('/?market=made-up&region=North&locality=Place+7&interval=year');
    await ready();
    await page.getByLabel('Market').selectOption('vale');
    await page.getByRole('heading', { name: 'Vale' }).waitFor();
    expect(query()).toBe('?market=vale&interval=year');
  });

  test('areas can be sorted by keyboard, and announce their order', async () => {
    await open('/?market=made-up');
    await ready();
    const header = areas().getByRole('columnheader', { name: 'Median' });
    expect(await header.getAttribute('aria-sort')).toBe('none');
    await header.getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('Enter');
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending');
    expect(query()).toBe('?market=made-up&sort=median&order=asc');
    await expect
      .poll(async () => {
        const medians = (await rows().locator('td:nth-of-type(2)').allTextContents()).map((text) =>
          Number(text.replace(/\D/g, '')),
        );
        return medians.length === 20 && medians.every((median, i) => median >= (medians[i - 1] ?? 0));
      })
      .toBe(true);
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

  test('the chart’s figures are available as a table', async () => {
    await open('/?market=vale&interval=year');
    await ready();
    await page.getByRole('button', { name: 'Show the figures as a table' }).click();
    const table = page.getByRole('region', { name: 'Figures of the price trend' });
    await table.waitFor();
    expect(await table.locator('tbody th').allTextContents()).toEqual(['2024 (incomplete)', '2023', '2022']);
    expect(query()).toBe('?market=vale&interval=year&figures=shown');
  });

  test('a market without sales shows how to import them', async () => {
    await open('/?market=empty');
    await page.getByText('This market has no sales yet.').waitFor();
    expect(await page.getByText('npm run import -- FILES… --market empty').isVisible()).toBe(true);
  });

  test('filters without a matching sale can be cleared', async () => {
    await open('/?market=vale&type=House&region=Hill');
    await page.getByText('No sale matches these filters.').waitFor();
    await page.getByRole('link', { name: 'Clear the filters' }).click();
    await ready();
    expect(query()).toBe('?market=vale');
  });

  test('an invalid address shows the service’s message, and can be corrected on the page', async () => {
    await open('/?market=vale&region=Nowhere');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('Vale has no region "Nowhere"');
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Clear' }).click();
    await ready();
    await page.context().close();

    await open('/?market=atlantis');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('atlantis');
    await page.getByLabel('Market').selectOption('vale');
    await ready();
  });

  test('an unreachable service is reported, and the user can retry', async () => {
    await open('/');
    await ready();
    await page.route('**/api/analytics/**', (route) => route.abort());
    await page.getByLabel('Market').selectOption('vale');
    await page.getByText('The service could not be reached.').waitFor();
    await page.unroute('**/api/analytics/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await ready();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('colours follow the system until switched, and the switch is remembered', async () => {
    await open('/', { colorScheme: 'dark' });
    await ready();
    const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
    expect(await scheme()).toBe('dark');
    await page.getByRole('button', { name: 'Use light colours' }).click();
    expect(await scheme()).toBe('light');
    await page.reload();
    await ready();
    expect(await scheme()).toBe('light');
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
  ] as const)(
    'has nothing that accessibility rules (WCAG 2.2 AA) object to, and fits: %s, %i pixels wide',
    async (colorScheme, width) => {
      // The page's content security policy would refuse the rules that the test injects.
      await open('/', { colorScheme, viewport: { width, height: 800 }, bypassCSP: true });
      for (const [address, last] of [
        ['/?market=made-up&type=House&locality=Place+1&figures=shown', '[role=img] svg'],
        ['/?market=vale&group_by=region&level=region', '[role=img] svg'],
        ['/?market=empty', 'code'],
        ['/?market=atlantis', '[role=alert]'],
      ] as const) {
        await page.goto(served.address + address);
        await page.locator(last).waitFor();
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
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
