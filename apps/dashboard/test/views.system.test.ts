/** The views of the built page, as the analytical service serves it from a real database, in a real browser. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  answer,
  asked,
  chromium,
  drawer,
  errors,
  expectAccessible,
  figure,
  open,
  page,
  parameters,
  ready,
  section,
  served,
  title,
  usePage,
  word,
} from './page.ts';

describe.skipIf(!chromium)('the views', () => {
  usePage();

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

  test('a map is drawn on the style of the deployment, and on coast lines if that cannot be loaded', async () => {
    const land = {
      type: 'Polygon',
      coordinates: [
        [
          [149, -36],
          [154, -36],
          [154, -32],
          [149, -32],
          [149, -36],
        ],
      ],
    };
    const style = {
      version: 8,
      sources: { land: { type: 'geojson', data: '', attribution: '© Test Streets' } },
      layers: [{ id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': '#00ff00' } }],
    };
    const requested: string[] = [];
    const styles = createServer(({ url = '' }, response) => {
      requested.push(url);
      response.setHeader('access-control-allow-origin', '*');
      if (url === '/none.json') response.statusCode = 404;
      response.end(JSON.stringify(url === '/land.json' ? land : style));
    }).listen(0);
    await once(styles, 'listening');
    const origin = `http://localhost:${(styles.address() as AddressInfo).port}`;
    style.sources.land.data = `${origin}/land.json`;
    const addresses: string[] = [];
    for (const name of ['style', 'none']) {
      const address = await served.withMapStyle(new URL(`${origin}/${name}.json`));
      addresses.push(address);
      await page.goto(`${address}/?market=made-up`);
      await ready();
      const map = section('on the map');
      await map.scrollIntoViewIfNeeded();
      if (name === 'style') {
        await map.locator('[data-styled=true] canvas').waitFor();
        await map.getByText('© Test Streets').waitFor();
      } else await expect.poll(() => requested).toContain('/none.json');
      // The ground of coast lines is a drawing of its own, below the marks.
      expect(await map.locator('svg[role=group] > svg').count()).toBe(name === 'style' ? 1 : 2);
    }
    expect(requested).toContain('/land.json');
    // Chromium draws without a graphics card, and warns that this is slow.
    const expected = ['[.WebGL-', ...[...addresses, origin].map((each) => `asked ${each}/`)];
    expect(errors.splice(0).filter((error) => !expected.some((start) => error.startsWith(start)))).toEqual([]);
    styles.close();
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
    // The next areas are there already.
    await page.route('**/api/analytics/areas**', (route) => route.abort());
    await page.getByRole('button', { name: /^Show 50 more/ }).click();
    await expect.poll(() => page.locator('tbody th').count()).toBe(70);
    await page.unroute('**/api/analytics/areas**');
    // The button keeps the focus.
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('tbody th').allTextContents()).toHaveLength(120);
    expect(new Set(await page.locator('tbody th').allTextContents()).size).toBe(120);
    expect(await page.getByRole('button', { name: /^Show .* more/ }).count()).toBe(0);
    // The file has all areas, though an answer has fewer.
    await page.route(/limit=1000/, (route) =>
      route.continue({ url: route.request().url().replace('limit=1000', 'limit=50') }),
    );
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Areas, ranked: download as CSV' }).click();
    const [head, ...rows] = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
    expect(head).toMatch(/^area,region,sales/);
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(120);
    expect(rows).toHaveLength(120);
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

  // The colours do not change the document, so the rules on colours alone are repeated for the other scheme.
  test.each([
    ['/?market=made-up&type=House&locality=Place+1', '[data-drawn=true]'],
    ['/?market=vale&rows=type%3DHouse', '[data-marked=true]'],
    ['/app/explore?market=made-up&type=House', '[data-drawn=true]'],
    ['/app/areas?market=made-up&area=Place+1&area=Place+2', '[data-drawn=true]'],
    ['/app/index?market=made-up&interval=year', '[data-drawn=true]'],
    ['/app/comparables?market=made-up', 'main form'],
    ['/app/data?market=made-up', 'tbody tr'],
    ['/app/comparables?market=made-up&subject=type%3DHouse%26locality%3DPlace+1', 'tbody button'],
    ['/app/comparables?market=vale&subject=type%3DHouse%26locality%3DDaleby', 'tbody button'],
    ['/?market=empty', 'code'],
    ['/?market=atlantis', '[role=alert]'],
  ] as const)(
    'has nothing that accessibility rules (WCAG 2.2 AA) object to, and fits, light and dark, wide and narrow: %s',
    async (address, last) => {
      await page.emulateMedia({ colorScheme: 'light' });
      await open(address);
      await expectAccessible(() => page.locator(last).first().waitFor());
    },
  );
});
