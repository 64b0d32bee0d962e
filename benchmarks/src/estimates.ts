/**
 * Estimates and boosted trees on the same sales of four markets. Each sale is valued from the sales before its month. The files are those that tests of real
 * markets read: they are expected in `../shared/data`, beside the project's folder.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type Backtested, backtest, Replica } from '@property-insights/analytics';
import { Database, fixedCredentials } from '@property-insights/database';
import type { LocalSystem } from '@property-insights/local';
import { type AccuracyRow, tables, withRows } from './accuracy-tables.ts';
import { type BenchmarkResult, median } from './benchmark.ts';
import { createSuperuser } from './market.ts';
import { addMarket, importFiles, withSystem } from './system.ts';

export const title = 'Errors of estimates and of boosted trees, in percent, on all sales of some months';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const trees = fileURLToPath(new URL('../trees.py', import.meta.url));
const documentation = new URL('../../docs/valuation.md', import.meta.url);

/** With the months of the sales that are valued, the first and the last. */
export const markets = [
  {
    code: 'hdb',
    title: 'Singapore HDB, August to November 2016',
    folder: 'singapore-hdb',
    files: /\.csv$/,
    currency: 'SGD',
    from: '2016-08',
    to: '2016-11',
    types: [],
  },
  {
    code: 'reading',
    title: 'Reading, 2022 and 2023',
    folder: 'uk-price-paid',
    files: /\.csv$/,
    currency: 'GBP',
    from: '2022-01',
    to: '2023-12',
    types: [],
  },
  {
    code: 'seattle',
    title: 'Seattle, 2015 and 2016',
    folder: 'house-price-index',
    files: /^ex_sales/,
    currency: 'USD',
    from: '2015-01',
    to: '2016-12',
    types: [],
  },
  {
    code: 'nsw',
    title: 'New South Wales, July to November 2024, houses and units',
    folder: 'nsw-psi-2024',
    files: /\.zip$/,
    currency: 'AUD',
    from: '2024-07',
    to: '2024-11',
    types: ['House', 'Unit'],
  },
];
type Market = (typeof markets)[number];

/** How much larger the median error may be than that of the good trees. */
const maxAboveGood = 1.05;
/** The number of sales of a group from which its coverage has to be close to 80 %. */
const minInGroup = 1_000;
const [leastCovered, mostCovered] = [0.76, 0.84];

export async function run(_sizes: number[], chosen: string[]): Promise<BenchmarkResult> {
  return withSystem(async (system, folder) => {
    const { host, port, user = '', password = '', database: name = '' } = await createSuperuser(system);
    const log = { info() {}, warn: console.warn, error: console.error };
    const credentials = fixedCredentials({ username: user, password: String(password) });
    const database = new Database({
      host: host as string,
      port: port as number,
      name,
      credentials,
      applicationName: 'benchmark',
      log,
    });
    const replica = await Replica.open({ directory: join(folder, 'replica'), database, log, loadTimeout: 600_000 });
    try {
      const results: BenchmarkResult = { table: [], targets: [] };
      for (const market of markets.filter(({ code }) => chosen.includes(code))) {
        if (!existsSync(join(data, market.folder))) {
          console.log(`${market.code} is left out, because ${join(data, market.folder)} is missing.`);
          continue;
        }
        const { table, targets } = await compare(system, replica, market, folder);
        // The result of a market does not wait for the next one, which takes minutes.
        console.table(table);
        results.targets.push(...targets);
      }
      return results;
    } finally {
      replica.close();
      await database.close();
    }
  });
}

async function compare(
  system: LocalSystem,
  replica: Replica,
  market: Market,
  folder: string,
): Promise<BenchmarkResult> {
  const { code, title, currency, types, from, to } = market;
  const started = performance.now();
  const report = (what: string) =>
    console.log(`${code}: ${what}, ${Math.round((performance.now() - started) / 1000)} s`);
  await addMarket(system, { code, name: code, currency });
  const names = (await readdir(join(data, market.folder))).filter((name) => market.files.test(name)).sort();
  await importFiles(
    system,
    code,
    names.map((name) => join(data, market.folder, name)),
  );
  report('imported');
  const path = join(folder, `${code}.csv`);
  await download(`${system.url}/api/analytics/sales.csv?market=${code}`, path);
  // The trees are fitted by another process at the same time.
  const [{ result: sales }, predicted] = await Promise.all([
    replica.compute(code, (db) => backtest(db, from, to, types, reportMonth), new AbortController().signal),
    predictions([path, from, to, ...types]),
  ]);
  report('valued');
  const rows = [row('estimate', sales)];
  const targets: BenchmarkResult['targets'] = [];
  const byId = new Map(sales.map((sale) => [sale.id, sale]));
  const error = medianError(sales);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  for (const [model, factor] of [
    ['plain', 1],
    ['good', maxAboveGood],
  ] as const) {
    const those = predicted.flatMap((prediction) => {
      const sale = byId.get(prediction.id);
      return sale ? [{ ...sale, estimate: prediction[model], low: null, high: null }] : [];
    });
    if (those.length === 0) continue;
    rows.push(row(`${model} trees`, those));
    targets.push({
      claim: `${code}: the median error of estimates is ${percent(error)}, that of ${model} trees ${percent(medianError(those))} (at most ${factor} times)`,
      met: error <= factor * medianError(those),
    });
  }
  const groups = groupsOf(sales);
  for (const [group, those] of groups) {
    const covered = coverage(those);
    if (those.length < minInGroup) continue;
    targets.push({
      claim: `${code}: 80 % ranges cover ${percent(covered)} of the ${those.length} sales of ${group} (76 to 84 %)`,
      met: covered >= leastCovered && covered <= mostCovered,
    });
  }
  const ofGroups = [...groups].map(([group, those]) => row(group, those));
  if (process.env.WRITE_ACCURACY) {
    const large = ofGroups.filter(({ sales }) => sales >= minInGroup);
    const text = withRows(readFileSync(documentation, 'utf8'), tables.models, title, rows.map(documented));
    writeFileSync(documentation, withRows(text, tables.groups, title, large.map(documented)));
  }
  return { table: [...rows, ...ofGroups].map((row) => ({ market: code, ...row })), targets };
}

function documented({ model, sales, ...figures }: ReturnType<typeof row>): AccuracyRow {
  return { model, sales, figures: Object.values(figures) };
}

function reportMonth(sales: Backtested[]): void {
  const [first] = sales;
  if (first) console.log(`${first.month}: ${sales.length} sales, estimates ${(100 * medianError(sales)).toFixed(2)} %`);
}

async function download(url: string, path: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url} was answered with ${response.status}.`);
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(path));
}

/** The prices by the trees, which report their errors by month. None, with a sentence, where scikit-learn is missing. */
async function predictions(options: string[]): Promise<{ id: number; plain: number; good: number }[]> {
  const python = spawn('/usr/bin/python3', [trees, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The other core is busy with estimates, for which several threads would wait.
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  python.on('error', (error) => console.log(error.message));
  const [, ...lines] = (await text(python.stdout)).trim().split(/\r?\n/);
  return lines.map((line) => {
    const [id, , , plain, good] = line.split(',').map(Number) as [number, number, number, number, number];
    return { id, plain, good };
  });
}

const errorsOf = (sales: Backtested[]) => sales.map(({ estimate, price }) => estimate / price - 1);
const medianError = (sales: Backtested[]) => median(errorsOf(sales).map(Math.abs));

function coverage(sales: Backtested[]): number {
  const covered = sales.filter(
    ({ price, low, high }) => low !== null && high !== null && low <= price && price <= high,
  );
  return covered.length / sales.length;
}

function row(model: string, sales: Backtested[]) {
  const errors = errorsOf(sales);
  const percent = (share: number) => (100 * share).toFixed(1);
  const within = (share: number) => percent(errors.filter((error) => Math.abs(error) <= share).length / errors.length);
  const widths = sales.flatMap(({ estimate, low, high }) =>
    low === null || high === null ? [] : [(high - low) / estimate],
  );
  return {
    model,
    sales: sales.length,
    'median error': (100 * medianError(sales)).toFixed(2),
    'within 10 %': within(0.1),
    'within 20 %': within(0.2),
    bias: percent(median(errors)),
    covered: widths.length > 0 ? percent(coverage(sales)) : '',
    width: widths.length > 0 ? percent(median(widths)) : '',
  };
}

/** By relation, type, third of prices and level of confidence. */
function groupsOf(sales: Backtested[]): Map<string, Backtested[]> {
  const sorted = sales.map(({ estimate }) => estimate).sort((a, b) => a - b);
  const third = ({ estimate }: Backtested) =>
    ['low', 'middle', 'high'][
      [1, 2].filter((n) => estimate > (sorted[Math.floor((n * sorted.length) / 3)] as number)).length
    ];
  const keys = [
    (sale: Backtested) => `relation ${sale.relation}`,
    (sale: Backtested) => `type ${sale.type}`,
    (sale: Backtested) => `${third(sale)} third`,
    (sale: Backtested) => `confidence ${sale.level}`,
  ];
  return new Map(keys.flatMap((key) => [...Map.groupBy(sales, key)]).sort(([a], [b]) => (a < b ? -1 : 1)));
}
