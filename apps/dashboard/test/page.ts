/** The built page in a browser, for the tests of a file: one service, and one tab. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { findChromium, launchChromium } from './browser.ts';
import { type ServedPage, servePage } from './served-page.ts';

export const chromium = findChromium();
if (!chromium) {
  console.warn('SKIPPED: the page’s tests need a Chromium; install one, or name it in CHROMIUM_PATH.');
}

export let served: ServedPage;
/** The tab of the test. */
export let page: Page;
/** Errors of the browser: script errors, refused content, requests to other hosts. A test with one fails. */
export const errors: string[] = [];
/** The addresses of all requests since the page was opened, and of those that failed. */
export const asked: string[] = [];
export const failed: string[] = [];

const viewport = { width: 1280, height: 900 };

/**
 * Gives the tests of a file a tab, which is reset after each of them, and replaced after a failed one. A new tab for each test would take 1.4 s of
 * processor time more, since its process compiles all scripts again.
 * @param serve starts what serves the page, with a directory for its files
 */
export function usePage(serve: (directory: string) => Promise<ServedPage> = servePage): void {
  let directory: string;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'property-insights-page-'));
    served = await serve(directory);
    browser = await launchChromium(chromium as string);
    context = await browser.newContext({
      viewport,
      locale: 'en-AU',
      colorScheme: 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await expectDrawn(await context.newPage(), served.address);
    page = await openTab(context);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    if (page.isClosed()) page = await openTab(context);
    errors.length = 0;
  });
  afterEach(async ({ task }) => {
    await page.evaluate(() => {
      localStorage.clear();
      sessionStorage.clear();
    });
    const found = [...errors];
    if (task.result?.state === 'fail' || found.length > 0) await page.close();
    else await reset();
    expect(found).toEqual([]);
  });
}

async function openTab(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  tab.setDefaultTimeout(120_000);
  tab.on('requestfailed', (request) => failed.push(request.url()));
  tab.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
  tab.on('pageerror', (error) => errors.push(error.message));
  tab.on('console', (message) => {
    // Some tests expect error responses.
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text());
  });
  tab.on('request', (request) => {
    asked.push(request.url());
    if (!request.url().startsWith(served.address) && !request.url().startsWith('blob:'))
      errors.push(`asked ${request.url()}`);
  });
  return tab;
}

/** Leaves the page, and resets what tests set in the tab. */
async function reset(): Promise<void> {
  await page.goto('about:blank');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.mouse.move(0, 0);
}

/**
 * Opens the page in a tab, and closes the tab.
 * @throws if the page draws nothing within a minute: each test would otherwise wait until its own timeout
 */
export async function expectDrawn(tab: Page, address: string): Promise<void> {
  const problems: string[] = [];
  tab.on('requestfailed', (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`));
  tab.on('response', (response) => response.ok() || problems.push(`${response.url()}: ${response.status()}`));
  tab.on('pageerror', (error) => problems.push(error.message));
  await tab.goto(address);
  await tab
    .locator('main')
    .waitFor({ timeout: 60_000 })
    .catch(() => {
      throw new Error(`The page draws nothing. ${problems.join('\n')}`);
    });
  await tab.close();
}

export async function open(address: string): Promise<void> {
  // The requests of the page before end, which are not those of this one.
  await page.goto('about:blank');
  asked.length = failed.length = 0;
  await page.goto(served.address + address);
}

/** Waits until the page has drawn a chart and waits for no answer. */
export async function ready(): Promise<void> {
  await page.locator('[data-drawn=true]').first().waitFor();
  await answered();
}

/** Waits until the page waits for no answer. */
export async function answered(): Promise<void> {
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true]').length === 0);
}

/** Waits until the typefaces have arrived and what opens has opened: a drawer that slides in is drawn over other text for a moment. */
async function settled(): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        ({ effect }) =>
          (effect?.getComputedTiming().progress ?? 1) === 1 || effect?.getComputedTiming().endTime === Infinity,
      ),
  );
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function violations(options: Axe.RunOptions): Promise<string[]> {
  const found = await page.evaluate(
    async (options) => (await (globalThis as unknown as { axe: typeof Axe }).axe.run(options)).violations,
    { iframes: false, ...options, resultTypes: ['violations'] } as Axe.RunOptions,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/**
 * Expects that axe finds nothing on the page, wide and narrow, light and dark, and that nothing is wider than the window or below the end of the page.
 * @param drawn waits until the page is drawn
 */
export async function expectAccessible(drawn: () => Promise<void>): Promise<void> {
  await page.evaluate(axe);
  for (const width of [1280, 1090, 720, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await drawn();
    await answered();
    await settled();
    const { scrollWidth, clientWidth, scrollHeight, clientHeight, end } = await page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      const last = document.getElementById('root')?.getBoundingClientRect().bottom ?? 0;
      return { scrollWidth, clientWidth, scrollHeight, clientHeight, end: Math.ceil(last + scrollY) };
    });
    expect(scrollWidth, `width ${width}`).toBeLessThanOrEqual(clientWidth);
    expect(scrollHeight, `height at width ${width}`).toBeLessThanOrEqual(Math.max(clientHeight, end));
    // Between these two, the document is the one or the other. Half of 1440 is that width enlarged to 200 %.
    if (width !== 1280 && width !== 360) continue;
    await page.emulateMedia({ colorScheme: 'light' });
    expect(
      await violations({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    ).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations({ runOnly: ['color-contrast', 'link-in-text-block'] })).toEqual([]);
  }
}

export const query = () => new URL(page.url()).search;
export const parameters = () => new URL(page.url()).searchParams;
export const figure = (label: string) =>
  page
    .locator('dl > div', { has: page.locator('dt', { hasText: label }) })
    .locator('dd')
    .first();
export const section = (title: string) => page.getByRole('region', { name: title });
export const title = () => page.getByRole('heading', { level: 1 });
export const word = (name: string) => title().getByRole('button', { name });
export const drawer = () => page.getByRole('dialog', { name: /sales/i }).first();

/** The answer of the service to a question. On a busy machine it may take longer than a question may, and is asked again. */
export async function answer(path: string) {
  let response: Response;
  do response = await fetch(`${served.address}/api/analytics/${path}`);
  while (response.status === 503);
  return response.json();
}

/** The period of the level figures of a market: its last twelve covered months, or all of them if they are fewer. */
export async function levelOf(market: string): Promise<string> {
  const { covered } = await answer(`facets?market=${market}`);
  const [year, month] = covered.to.split('-').map(Number);
  const from = new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10);
  return `sold_from=${from > covered.from ? from : covered.from}&sold_to=${covered.to}`;
}
