/**
 * The dashboard in a real browser on generated sales, measured by the browser's performance API: the first paint, the switch to a view whose answers are
 * cached, and a price brushed on its histogram in Explore: the time until the histograms show the answer, and until all charts do, compared with their questions
 * asked one after another. Then an analyst who brushes without a pause, with the default budget of processor time. Above a million sales, it measures only the time
 * until each view is complete. Last, the long lists: a thousand markets, and a market with 100,000 areas.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type BenchmarkResult, median } from './benchmark.ts';
import { generateInto } from './market.ts';
import { addMarket, importFiles, withSystem } from './system.ts';

export const title =
  'The dashboard in a browser: paints, and all of Explore compared with its questions one after another';

const rounds = 5;

/** Milliseconds, and the ratio of all of Explore to its questions. */
const targets = { firstPaint: 1_000, cachedView: 100, chartUnderTheHand: 400, explore: 1.5 };

/** Changes of a filter in quick succession, and the milliseconds between them. */
const brushed = { changes: 20, pause: 500 };

const lists = { markets: 1_000, areas: 100_000, sales: 200_000 };

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const result: BenchmarkResult = { table: [], targets: [] };
  await promisify(execFile)('npm', ['run', 'build-if-stale', '-w', 'apps/dashboard']);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    for (const sales of sizes) {
      if (sales <= 1_000_000) await measure(browser, sales, result);
      await measureViews(browser, sales, result);
    }
    await measureLists(browser, result);
  } finally {
    await browser.close();
  }
  return result;
}

async function measure(browser: Browser, sales: number, { table, targets: met }: BenchmarkResult): Promise<void> {
  const size = `${sales.toLocaleString('en')} sales`;
  const add = (what: string, milliseconds: number, most: number, unit = 'ms') => {
    table.push({ sales, what, measured: Math.round(milliseconds * 100) / 100, unit });
    met.push({
      claim: `${size}: ${what}: ${milliseconds.toFixed(2)} ${unit} (at most ${most})`,
      met: milliseconds <= most,
    });
  };
  await withSystem(async (system) => {
    await generateInto(system, { code: 'generated', sales });
    const open = async (path: string): Promise<Page> => {
      // A new page has nothing in its cache.
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(`${system.url}${path}market=generated`);
      await settled(page);
      return page;
    };
    await (await open('/?')).close();
    const paints: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const page = await open('/?');
      paints.push(await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`));
      await page.close();
    }
    add('first contentful paint', median(paints), targets.firstPaint);

    const page = await open('/app/explore?');
    const switches: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const view of ['Overview', 'Explore']) switches.push(await switchTo(page, view));
    }
    // The first of each view loads its scripts.
    add('a cached view after the click', median(switches.slice(3)), targets.cachedView);

    const charts: number[] = [];
    const backs: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { chart, number, all, asked } = await brush(page);
      charts.push(chart);
      backs.push(await back(page));
      await page.goForward();
      await settled(page);
      // The same questions about other prices, because the answers to these are cached.
      let sum = 0;
      for (const url of asked) {
        const started = performance.now();
        const other = url.replace(/price_min=\d+/, (text) => `price_min=${Number(text.slice(10)) + 1_000}`);
        await (await fetch(other)).arrayBuffer();
        sum += performance.now() - started;
      }
      ratios.push(all / sum);
      table.push({
        sales,
        what: `round ${round + 1}: chart, number, all, ${asked.length} questions`,
        measured: [chart, number, all, sum].map(Math.round).join(', '),
        unit: 'ms',
      });
    }
    add('the chart under the hand after a new filter', median(charts), targets.chartUnderTheHand);
    add('the cached charts of the filters before, by Back', median(backs), targets.cachedView);
    add('all of Explore, relative to its questions one after another', median(ratios), targets.explore, '');
  });
  await withSystem(async (system) => {
    await generateInto(system, { code: 'generated', sales });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    let [asked, superseded, refused] = [0, 0, 0];
    page.on('request', (request) => request.url().includes('/api/analytics/') && asked++);
    page.on('requestfailed', () => superseded++);
    page.on('response', (response) => response.status() === 429 && refused++);
    await page.goto(`${system.url}/app/explore?market=generated`);
    await settled(page);
    const handle = page.getByRole('slider', { name: 'Price, from' });
    for (let change = 0; change < brushed.changes; change++) {
      await handle.press('ArrowRight');
      await page.waitForTimeout(brushed.pause);
    }
    await settled(page);
    table.push({
      sales,
      what: `brushing: questions, superseded, refused`,
      measured: `${asked}, ${superseded}, ${refused}`,
      unit: '',
    });
    met.push({
      claim: `${size}: superseded questions are cancelled (${superseded} of ${asked})`,
      met: superseded > 0,
    });
    met.push({
      claim: `${size}: brushing is not refused for lack of processor time (${refused} refusals)`,
      met: refused === 0,
    });
  }, {});
}

/** The time until each view is complete: asked for the first time, and again in another tab. */
async function measureViews(browser: Browser, sales: number, { table, targets: met }: BenchmarkResult): Promise<void> {
  await withSystem(async (system) => {
    await generateInto(system, { code: 'generated', sales });
    const loaded = performance.now();
    let answer: Response;
    // A large market is loaded for longer than a request waits.
    do answer = await fetch(`${system.url}/api/analytics/sales?limit=1&market=generated`);
    while (answer.status === 503);
    const { sales: some } = (await answer.json()) as { sales: { property_id: number }[] };
    table.push({ sales, what: 'the first answer', measured: Math.round(performance.now() - loaded), unit: 'ms' });
    const subject = encodeURIComponent(`id=${some[0]?.property_id}`);
    const views = {
      Overview: '/?',
      Explore: '/app/explore?',
      Areas: '/app/areas?',
      'Price index': '/app/index?',
      Comparables: `/app/comparables?subject=${subject}&`,
    };
    for (const [view, path] of Object.entries(views)) {
      for (const turn of ['first', 'again']) {
        const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
        await page.goto(`${system.url}${path}market=generated`, { waitUntil: 'commit' });
        const complete = await page.evaluate<number>(`(async () => { ${inPage} return await calm(); })()`);
        table.push({ sales, what: `${view} complete, ${turn}`, measured: Math.round(complete), unit: 'ms' });
        const faults = await page.locator('main [role=alert]').filter({ visible: true }).allTextContents();
        met.push({
          claim: `${view} of ${sales} sales, ${turn}: complete ${faults.join(' ')}`,
          met: faults.length === 0,
        });
        if (view === 'Explore' && turn === 'again') {
          const rows = await page.evaluate<number>(`(async () => { ${inPage}
            const scroller = shown('main [role=table] > [tabindex]');
            const started = performance.now();
            scroller.scrollTop = scroller.scrollHeight / 2;
            await frame();
            return await until(() => seen('main [role=table] [role=row] [role=cell]') && !busy()) - started;
          })()`);
          table.push({ sales, what: 'rows in the middle of all sales', measured: Math.round(rows), unit: 'ms' });
        }
        await page.close();
      }
    }
  });
}

/** A thousand markets to choose from, and a market with 100,000 areas. */
async function measureLists(browser: Browser, { table, targets: met }: BenchmarkResult): Promise<void> {
  const add = (what: string, milliseconds: number, most: number) => {
    table.push({ sales: lists.sales, what, measured: Math.round(milliseconds), unit: 'ms' });
    met.push({ claim: `${what}: ${milliseconds.toFixed(0)} ms (at most ${most})`, met: milliseconds <= most });
  };
  await withSystem(async (system, folder) => {
    for (let i = 0; i < lists.markets; i += 10) {
      const numbers = Array.from({ length: 10 }, (_, each) => i + each);
      await Promise.all(
        numbers.map((n) =>
          addMarket(system, { code: `m${n}`, name: `Market ${n}`, currency: 'AUD', is_synthetic: true }),
        ),
      );
    }
    const file = join(folder, 'areas.csv');
    const row = (i: number) =>
      `${2020 + (i % 5)}-0${1 + (i % 9)}-1${i % 9},${300_000 + ((i * 7919) % 900_000)},${1 + (i % 300)} High St,Place ${i % lists.areas},House`;
    const rows = Array.from({ length: lists.sales }, (_, i) => row(i));
    await writeFile(file, ['sale_date,price,address,suburb,type', ...rows].join('\n'));
    await importFiles(system, 'm0', [file]);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${system.url}/app/areas?level=locality&market=m0`);
    await page.evaluate(`(async () => { ${inPage} await until(() => seen('main tbody tr') && !busy()); })()`);
    /** Milliseconds from an event of the reader to the frame in which a condition holds. */
    const timed = async (event: string, act: () => Promise<void>, condition: string): Promise<number> => {
      await page.evaluate(`{ ${inPage}
        window.timed = new Promise((resolve, reject) => addEventListener('${event}', ({ timeStamp }) =>
          until(() => ${condition}).then((end) => resolve(end - timeStamp), reject), { once: true, capture: true }));
        undefined;
      }`);
      await act();
      return page.evaluate<number>('window.timed');
    };
    const rowsShown = () => page.locator('main tbody tr').count();
    const before = await rowsShown();
    const more = page.getByRole('button', { name: /^Show .* more/ });
    add(
      'more of 100,000 areas',
      await timed('click', () => more.click(), `document.querySelectorAll('main tbody tr').length > ${before}`),
      400,
    );
    add(
      'the menu of 1,000 markets',
      await timed('click', () => page.getByRole('button', { name: /^Market:/ }).click(), `seen('[popover] input')`),
      100,
    );
    const find = page.locator('[popover]:popover-open input');
    add(
      'a market found in the menu',
      await timed(
        'input',
        () => find.fill('Market 77'),
        `shown('[popover]:popover-open li').textContent.includes('77')`,
      ),
      100,
    );
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    add(
      'a place of 100,000 found in the palette',
      await timed(
        'input',
        () => page.locator('dialog [cmdk-input]').fill('Place 7777'),
        `[...document.querySelectorAll('dialog [cmdk-item]')].some((each) => each.textContent.startsWith('Place 7777'))`,
      ),
      400,
    );
  });
}

/** Milliseconds in which a view is complete; the first one waits for the replica. */
const timeout = 600_000;

/** Waits until everything that the view asks for is drawn. */
async function settled(page: Page): Promise<void> {
  const drawn = page.locator('[data-drawn=true]').filter({ visible: true });
  await drawn.first().waitFor({ timeout });
  const busy = page.locator('[aria-busy=true]').filter({ visible: true });
  while ((await busy.count()) > 0) await busy.first().waitFor({ state: 'hidden', timeout });
  await page.waitForLoadState('networkidle');
}

/** In the page: the next frame, and whether what it shows is complete. Views that are not shown stay in the document. */
const inPage = `
  const frame = () => new Promise(requestAnimationFrame);
  const shown = (selector) => [...document.querySelectorAll(selector)].find((each) => each.checkVisibility());
  const seen = (selector) => shown(selector) !== undefined;
  const busy = () => seen('main [aria-busy=true]');
  const until = async (condition) => {
    const latest = performance.now() + ${timeout};
    do {
      await frame();
      if (performance.now() > latest) throw new Error('The page did not reach the state that is measured.');
    } while (!condition());
    return performance.now();
  };
  const calm = async () => {
    let since = await until(() => seen('main h1'));
    while (performance.now() - since < 1000) {
      await frame();
      if (busy() || !seen('main h1')) since = performance.now();
    }
    return since;
  };`;

/** Milliseconds from the click on a view, whose answers are cached, until it is painted. */
function switchTo(page: Page, view: string): Promise<number> {
  return page.evaluate(`(async () => { ${inPage}
    const link = [...document.querySelectorAll('header nav a')].find((each) => each.textContent === '${view}');
    const started = performance.now();
    link.click();
    return await until(() => link.getAttribute('aria-current') !== null && seen('[data-drawn=true]') && !busy()) - started;
  })()`);
}

/** Milliseconds from a step back in the history, to filters whose answers are cached, until everything is painted. */
function back(page: Page): Promise<number> {
  return page.evaluate(`(async () => { ${inPage}
    const title = shown('h1').ariaLabel;
    const started = performance.now();
    history.back();
    return await until(() => shown('h1').ariaLabel !== title && !busy()) - started;
  })()`);
}

interface Brushed {
  /** Milliseconds from the key until the histograms show the answer. */
  chart: number;
  /** Until the number of the chosen sales is that of the new filter. */
  number: number;
  /** Until everything is painted. */
  all: number;
  /** The addresses of the questions. */
  asked: string[];
}

/** Moves the lower end of the price by a bin, on its histogram. */
async function brush(page: Page): Promise<Brushed> {
  const asked: string[] = [];
  const listener = (request: { url(): string }) => {
    if (request.url().includes('/api/analytics/')) asked.push(request.url());
  };
  page.on('request', listener);
  const handle = page.getByRole('slider', { name: 'Price, from' });
  await handle.focus();
  await page.evaluate(`{ ${inPage}
    const measure = async ({ timeStamp, target }) => {
      const panel = target.closest('[aria-busy]');
      const count = () => shown('main h1 + div b').textContent;
      const before = count();
      const title = shown('h1').ariaLabel;
      const [chart, number] = await Promise.all([
        until(() => shown('h1').ariaLabel !== title && panel.ariaBusy === 'false'),
        until(() => count() !== before),
      ]);
      const all = await until(() => !busy());
      return { chart: chart - timeStamp, number: number - timeStamp, all: all - timeStamp };
    };
    window.brushed = new Promise((resolve, reject) =>
      addEventListener('keydown', (event) => measure(event).then(resolve, reject), { once: true, capture: true }));
    // Not the promise, which would be awaited here.
    undefined;
  }`);
  await handle.press('ArrowRight');
  const times = await page.evaluate<Omit<Brushed, 'asked'>>('window.brushed');
  await settled(page);
  page.off('request', listener);
  return { ...times, asked };
}
