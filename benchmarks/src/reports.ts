/**
 * Reports: the parts of the time of a market report, a workbook of all sales, cached lists compared with the minimum of Node, and what many reports at
 * once do to the others and to the memory of the task.
 */
import { writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalSystem } from '@property-insights/local';
import type { BenchmarkResult } from './benchmark.ts';
import { answered, compare } from './cached-answers.ts';
import { p99 } from './load.ts';
import { generateInto } from './market.ts';
import { expectStatus, serviceOf, untilFitted, watchMemory, withSystem } from './system.ts';

export const title = 'Reports: seconds, memory, and requests beside them';

const market = 'generated';
/** A workbook has no room for more sales. */
const maxSales = 1_000_000;
const callers = 50;
const megabytes = 600;
const minRatio = 0.6;
const maxSlowdown = 3;
/** Of the memory for a workbook of all sales and that of an eighth of them. */
const maxGrowth = 1.25;

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const sales = Math.min(maxSales, Math.max(...sizes));
  return withSystem(async (system, folder) => {
    await generateInto(system, { code: market, sales });
    // Until then, both replicas answer 503.
    for (const path of ['/api/analytics/summary', '/reporting/property-summary']) {
      while ((await fetch(`${system.url}${path}?market=${market}`)).status === 503) await delay(1_000);
    }
    await untilFitted(system);
    const parts = [
      await marketReport(system),
      await many(system),
      await workbook(system),
      await lists(system, folder, sales),
    ];
    return { table: parts.flatMap(({ table }) => table), targets: parts.flatMap(({ targets }) => targets) };
  });
}

const row = (what: string, value: number, unit: string) => ({ what, value: Number(value.toPrecision(3)), unit });

/** Each form asks the same questions, whose answers are kept. HTML adds charts, and PDF typesets the same page. */
async function marketReport({ url }: LocalSystem): Promise<BenchmarkResult> {
  const seconds = async (path: string) => {
    const started = performance.now();
    await (await expectStatus(200, fetch(`${url}/reporting/market-report${path}`))).arrayBuffer();
    return (performance.now() - started) / 1_000;
  };
  // Fonts, Typst and the replica of the market are loaded before.
  await seconds('.pdf?market=demo');
  await seconds(`.pdf?market=${market}&price_min=2`);
  const [questions, html, pdf, cached] = [
    await seconds(`.json?market=${market}`),
    await seconds(`.html?market=${market}`),
    await seconds(`.pdf?market=${market}`),
    await seconds(`.pdf?market=${market}`),
  ];
  const whole = questions + pdf;
  const share = (part: number) => (100 * part) / whole;
  return {
    table: [
      row('market report as PDF, first', whole, 's'),
      row('of it: questions', share(questions), '%'),
      row('of it: charts', share(html), '%'),
      row('of it: typesetting', share(Math.max(0, pdf - html)), '%'),
      row('market report as PDF, cached', 1_000 * cached, 'ms'),
    ],
    targets: [],
  };
}

/** The memory of the task while it sends a workbook of an eighth of the sales, and of all. */
async function workbook(system: LocalSystem): Promise<BenchmarkResult> {
  const { url, adminToken } = system;
  await expectStatus(
    201,
    fetch(`${url}/reporting/definitions/sales`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'All sales', blocks: [{ type: 'table', title: 'Sales', question: 'sales' }] }),
    }),
  );
  const measured: { seconds: number; bytes: number; memory: number }[] = [];
  for (const filter of ['&region=NSW', '']) {
    const watch = watchMemory(system, 'reporting');
    const started = performance.now();
    const { body } = await expectStatus(200, fetch(`${url}/reporting/custom/sales.xlsx?market=${market}${filter}`));
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) bytes += chunk.length;
    measured.push({ seconds: (performance.now() - started) / 1_000, bytes, memory: watch.end() });
  }
  const [part, all] = measured as [(typeof measured)[number], (typeof measured)[number]];
  const growth = all.memory / part.memory;
  return {
    table: [
      row('XLSX of all sales', all.seconds, 's'),
      row('its size', all.bytes / 1e6, 'MB'),
      row('memory of the task, an eighth of the sales', part.memory, 'MB'),
      row('memory of the task, all sales', all.memory, 'MB'),
    ],
    targets: [
      {
        claim: `a workbook of all sales takes ${growth.toFixed(2)} times the memory of one with an eighth (at most ${maxGrowth})`,
        met: growth <= maxGrowth,
      },
      { claim: `${Math.round(all.memory)} MB of memory (under ${megabytes})`, met: all.memory < megabytes },
    ],
  };
}

async function lists(system: LocalSystem, folder: string, sales: number): Promise<BenchmarkResult> {
  const result: BenchmarkResult = { table: [], targets: [] };
  for (const [code, size] of [
    ['demo', 3],
    [market, sales],
  ] as const) {
    const url = `${serviceOf(system, 'reporting').url}/reporting/property-summary?market=${code}`;
    const { body, headers } = await answered(url);
    const file = join(folder, `summary-${code}`);
    await writeFile(file, body);
    const { ofService, ratio } = await compare(url, [file, '200', JSON.stringify(headers)], {});
    result.table.push(row(`property-summary of ${size.toLocaleString('en')} sales`, ofService, 'requests/s'));
    result.targets.push({
      claim: `property-summary of ${size.toLocaleString('en')} sales at ${ratio.toFixed(2)} of the bare server (at least ${minRatio})`,
      met: ratio >= minRatio,
    });
  }
  return result;
}

/** Different reports of as many callers at once. The addresses exist on Linux. */
async function many(system: LocalSystem): Promise<BenchmarkResult> {
  const { url } = system;
  const { areas } = (await (
    await expectStatus(200, fetch(`${url}/api/analytics/areas?market=${market}&level=locality&limit=${callers}`))
  ).json()) as { areas: { area: string }[] };
  const paths = [`/reporting/property-summary?market=${market}`];
  const task = serviceOf(system, 'reporting').url;
  await p99(task, paths, delay(5_000)); // warms up
  const without = await p99(task, paths, delay(20_000));
  const watch = watchMemory(system, 'reporting');
  const started = performance.now();
  const reports = Promise.all(
    areas.map(({ area }, i) => {
      const path = `${url}/reporting/market-report.pdf?market=${market}&locality=${encodeURIComponent(area)}`;
      return statusOf(path, `127.0.1.${i + 1}`);
    }),
  );
  const beside = await p99(task, paths, reports);
  const seconds = (performance.now() - started) / 1_000;
  const memory = watch.end();
  const failed = (await reports).filter((status) => status !== 200).length;
  return {
    table: [
      row(`${callers} reports of as many callers`, seconds, 's'),
      row('memory of the task meanwhile', memory, 'MB'),
      row('p99 of property-summary without', without, 'ms'),
      row('p99 of property-summary meanwhile', beside, 'ms'),
    ],
    targets: [
      { claim: `${failed} of ${callers} reports failed (0)`, met: failed === 0 },
      { claim: `${Math.round(memory)} MB of memory (under ${megabytes})`, met: memory < megabytes },
      {
        claim: `p99 is ${(beside / without).toFixed(1)} times that without (at most ${maxSlowdown})`,
        met: beside <= maxSlowdown * without,
      },
    ],
  };
}

/** The status of the response to a caller with an address of its own. */
function statusOf(url: string, localAddress: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: new Agent({ localAddress }) }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode as number));
    }).once('error', reject);
  });
}
