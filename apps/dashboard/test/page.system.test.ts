/** The built page, as the analytical service serves it from a real database, in a real browser: the shell and Overview. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildIfStale } from '../build-if-stale.ts';
import {
  answer,
  asked,
  chromium,
  drawer,
  errors,
  failed,
  figure,
  levelOf,
  open,
  page,
  parameters,
  query,
  ready,
  section,
  served,
  title,
  usePage,
  word,
} from './page.ts';

/** Gzipped bytes of scripts before the first paint. */
const maxScripts = 230_000;

test('the page is not built again while its sources are the same, since every start asks for it', async () => {
  expect(await buildIfStale()).toBe(false);
});

describe.skipIf(!chromium)('the page', () => {
  usePage();

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
      // The demonstration has sales of one month.
      for (const market of ['made-up', 'vale', ...(path === '/app/index' ? ['demo'] : [])]) {
        await open(`${path}?market=${market}&interval=year`);
        await page.locator('tbody tr').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(failed).toEqual([]);
        const questions = asked.filter((url) => url.includes('/api/analytics/'));
        expect(questions.length).toBeGreaterThan(0);
        expect(questions.filter((url, i) => questions.indexOf(url) !== i)).toEqual([]);
      }
    }
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
    const spread = section('How prices spread');
    await spread.getByRole('button', { name: /table$/ }).click();
    const inBin = await spread.locator('tbody a').first().textContent();
    expect(Number(inBin)).toBeGreaterThan(0);
    await spread.locator('tbody a').first().click();
    await page.getByRole('dialog', { name: `These ${inBin} sales` }).waitFor();
    await page.keyboard.press('Escape');
    await spread.getByRole('button', { name: /explain$/ }).click();
    await page.getByText('The area over a range of prices is the share').waitFor();
    await page.keyboard.press('Escape');
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
    const { coded_notes } = await load(
      ['2024-01-05,500000,1 High St', '2999-01-01,1,3 High St', 'never,1,4 High St'],
      '&edition=complete&max_rejects=0.5',
    );
    expect(coded_notes).toMatchObject([{ file: 'sales.csv', note: { code: 'future_dates' } }]);
    await open('/?market=loads');
    const loads = section('What the last loads changed');
    await loads.getByText('A complete edition: sales that it lacks were retired (1)').waitFor();
    const note = /^sales\.csv: Contract dates in the future, such as 1 Jan 2999: 1\. Figures leave these sales out\.$/;
    await loads.getByText(note).waitFor();
    expect(await loads.getByRole('link', { name: 'Rows that could not be read (1)' }).getAttribute('href')).toMatch(
      /^\/api\/imports\/.*\/rejects$/,
    );
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

    await open('/?market=atlantis');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('atlantis');

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
    await page.emulateMedia({ colorScheme: 'dark' });
    await open('/');
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
      await page.setViewportSize({ width, height: 900 });
      // As at the first visit: fonts that arrive late must not move anything.
      const browser = await page.context().newCDPSession(page);
      await browser.send('Network.clearBrowserCache');
      await open('/?market=made-up');
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
});
