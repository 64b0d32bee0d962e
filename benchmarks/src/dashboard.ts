/**
 * The dashboard in a real browser on generated sales, measured by the browser's performance API: the first paint, the switch to a view whose answers are
 * cached, and a new filter in Explore, compared with its questions asked one after another. Then an analyst who brushes without a pause, with the default budget
 * of processor time.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type BenchmarkResult, median } from './benchmark.ts';
import { generateInto } from './market.ts';
import { withSystem } from './system.ts';

export const title =
  'The dashboard in a browser: paints, and all of Explore compared with its questions one after another';

const rounds = 5;

/** Milliseconds, and the ratio of all of Explore to its questions. */
const targets = { firstPaint: 1_000, cachedView: 100, chartUnderTheHand: 400, explore: 1.5 };

/** Changes of a filter in quick succession, and the milliseconds between them. */
const brushed = { changes: 20, pause: 500 };

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const result: BenchmarkResult = { table: [], targets: [] };
  await promisify(execFile)('npm', ['run', 'build-if-stale', '-w', 'apps/dashboard']);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    for (const sales of sizes.filter((size) => size <= 1_000_000)) await measure(browser, sales, result);
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
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { chart, all, asked } = await filter(page, 300_000 + round * 10_000);
      charts.push(chart);
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
        what: `round ${round + 1}: chart, all, ${asked.length} questions`,
        measured: `${Math.round(chart)}, ${Math.round(all)}, ${Math.round(sum)}`,
        unit: 'ms',
      });
    }
    add('the chart under the hand after a new filter', median(charts), targets.chartUnderTheHand);
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

/** Milliseconds in which a view is complete; the first one waits for the replica. */
const timeout = 300_000;

/** Waits until everything that the view asks for is drawn. */
async function settled(page: Page): Promise<void> {
  await page.locator('[data-drawn=true]').first().waitFor({ timeout });
  while ((await page.locator('[aria-busy=true]').count()) > 0) await page.waitForTimeout(20);
  await page.waitForLoadState('networkidle');
}

/** In the page: the next frame, and whether what it shows is complete. */
const inPage = `
  const frame = () => new Promise(requestAnimationFrame);
  const busy = () => document.querySelectorAll('main section [aria-busy=true]').length > 0;`;

/** Milliseconds from the click on a view, whose answers are cached, until it is painted. */
function switchTo(page: Page, view: string): Promise<number> {
  return page.evaluate(`(async () => { ${inPage}
    const link = [...document.querySelectorAll('header nav a')].find((each) => each.textContent === '${view}');
    const started = performance.now();
    link.click();
    do await frame();
    while (link.getAttribute('aria-current') === null || document.querySelector('[data-drawn=true]') === null || busy());
    return performance.now() - started;
  })()`);
}

/**
 * Chooses a lowest price. Returns milliseconds until the number of the chosen sales, which stands on the chart that was dragged, and until everything
 * is painted, and the questions that were asked.
 */
async function filter(page: Page, low: number): Promise<{ chart: number; all: number; asked: string[] }> {
  const asked: string[] = [];
  const listener = (request: { url(): string }) => {
    if (request.url().includes('/api/analytics/')) asked.push(request.url());
  };
  page.on('request', listener);
  await page.getByRole('button', { name: /^Add a filter/ }).click();
  await page.getByLabel('From', { exact: true }).first().fill(String(low));
  const times: { chart: number; all: number } = await page.evaluate(`(async () => { ${inPage}
    const count = () => document.querySelector('main h1 + p b').textContent;
    const before = count();
    const started = performance.now();
    document.querySelector('form button[type=submit]').click();
    while (count() === before) await frame();
    const chart = performance.now() - started;
    while (busy()) await frame();
    return { chart, all: performance.now() - started };
  })()`);
  await settled(page);
  page.off('request', listener);
  await page.keyboard.press('Escape');
  return { ...times, asked };
}
