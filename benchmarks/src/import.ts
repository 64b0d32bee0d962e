/**
 * The cost of an import: its time from the request to the end, compared with COPY of the accepted rows into tables with the same columns
 * and indexes; its memory; and the time of other requests during it. Files are in the NSW format, with 7 % of the sales issued again later.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalSystem } from '@property-insights/local';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { type BenchmarkResult, median } from './benchmark.ts';
import { p99 } from './load.ts';
import { writeNswFile } from './nsw-file.ts';
import { addMarket, importFiles, watchMemory, withSystem } from './system.ts';

export const title =
  'Import of NSW sales, compared with COPY of the accepted rows into the same tables with the same indexes';

const market = 'nsw';
/** No import is larger: one of ten million rows would take eleven minutes. */
const maxRows = 5_000_000;
/** The size during whose import other requests are measured, and smaller if the largest one is. */
const promised = 1_300_000;
/** Each with and without an import. */
const rounds = 3;
const copyRatio = 4;
const megabytes = 600;
const waitRatio = 3;
/** The factor by which the time per row may vary as noise. */
const growth = 1.25;

export async function run(requested: number[]): Promise<BenchmarkResult> {
  const sizes = requested.map((rows) => Math.min(rows, maxRows));
  const busy = Math.min(promised, Math.max(...sizes));
  const measured: Measured[] = [];
  for (const rows of [...new Set([...sizes, busy])].sort((a, b) => a - b)) measured.push(await measure(rows));
  const waiting = await measureWaiting(busy);
  const ratios = waiting.map(({ during, without }) => during / without);
  const described = waiting
    .map(({ without, during, after }) => `${without}, ${during}, and ${after} ms while replicas catch up`)
    .join('; ');
  return {
    table: [
      ...measured.map(({ rows, seconds, copySeconds, memory }) => ({
        rows,
        seconds: seconds.toFixed(1),
        'COPY alone, seconds': copySeconds.toFixed(1),
        ratio: (seconds / copySeconds).toFixed(2),
        'rows a second': Math.round(rows / seconds),
        'memory, MB': Math.round(memory),
      })),
    ],
    targets: [
      ...measured.map(({ rows, seconds, copySeconds }) => ({
        claim: `${rows} rows: at most ${copyRatio} times COPY`,
        met: seconds <= copyRatio * copySeconds,
      })),
      ...measured.map(({ rows, memory }) => ({
        claim: `${rows} rows: under ${megabytes} MB of memory`,
        met: memory < megabytes,
      })),
      ...measured.slice(1).map((larger, i) => {
        const smaller = measured[i] as Measured;
        return {
          claim: `${larger.rows} rows take no more time for each than ${smaller.rows} (${growth} for noise)`,
          met: larger.seconds / larger.rows <= (growth * smaller.seconds) / smaller.rows,
        };
      }),
      {
        claim: `other requests' 99th percentile during an import is at most ${waitRatio} times that without (median of ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')}; ${described})`,
        met: median(ratios) <= waitRatio,
      },
    ],
  };
}

interface Measured {
  rows: number;
  seconds: number;
  copySeconds: number;
  /** The maximum memory of the service's process, in MB. */
  memory: number;
}

/** In a separate system, because a process keeps memory from earlier imports. */
function measure(rows: number): Promise<Measured> {
  return withSystem(async (system, folder) => {
    const file = await prepare(system, folder, rows);
    const watch = watchMemory(system, 'analytical');
    const started = performance.now();
    await importFiles(system, market, [file]);
    const seconds = (performance.now() - started) / 1000;
    return { rows, seconds, memory: watch.end(), copySeconds: await copySeconds(system, folder) };
  });
}

interface Waiting {
  without: number;
  during: number;
  /** While the replicas catch up afterwards. */
  after: number;
}

/** The time of requests without an import, during one and after it, in rounds. Measured apart from imports, because the requests slow them. */
function measureWaiting(rows: number): Promise<Waiting[]> {
  return withSystem(async (system, folder) => {
    const file = await prepare(system, folder, rows);
    await p99(system.url, requests, delay(10_000)); // warms up: a service's first answers take longer
    const waiting: Waiting[] = [];
    for (let round = 1; round <= rounds; round++) {
      const code = `${market}-${round}`;
      await addMarket(system, { code, name: code, currency: 'AUD' });
      const without = await p99(system.url, requests, delay(20_000));
      const during = await p99(system.url, requests, importFiles(system, code, [file]));
      const answer = fetch(`${system.url}/api/analytics/summary?market=${code}`).then((response) => response.text());
      waiting.push({ without, during, after: await p99(system.url, requests, answer) });
    }
    return waiting;
  });
}

async function prepare(system: LocalSystem, folder: string, rows: number): Promise<string> {
  const file = join(folder, 'sales.dat');
  await writeNswFile(file, rows);
  await addMarket(system, { code: market, name: 'New South Wales, synthetic', currency: 'AUD' });
  return file;
}

const requests = [
  '/api/analytics/summary?market=demo',
  '/api/properties?market=demo',
  '/api/analytics/trend?market=demo&interval=year',
  '/api/markets',
];

/** Copies into copies of the tables, in the same database. */
async function copySeconds(system: LocalSystem, folder: string): Promise<number> {
  return system.database.administer(async (client) => {
    const tables = ['property', 'sale'];
    await client.query('CREATE SCHEMA baseline');
    for (const table of tables) {
      await client.query(`CREATE TABLE baseline.${table} (LIKE public.${table} INCLUDING ALL)`);
      await pipeline(
        client.query(copyTo(`COPY (SELECT * FROM ${table} WHERE market_id <> 1 ORDER BY id) TO STDOUT`)),
        createWriteStream(join(folder, table)),
      );
    }
    await client.query('ALTER TABLE baseline.sale ADD FOREIGN KEY (property_id) REFERENCES baseline.property');
    await client.query('CHECKPOINT');
    const started = performance.now();
    await client.query('BEGIN');
    for (const table of tables) {
      await pipeline(
        createReadStream(join(folder, table)),
        client.query(copyFrom(`COPY baseline.${table} FROM STDIN`)),
      );
    }
    await client.query('COMMIT');
    const seconds = (performance.now() - started) / 1000;
    for (const table of tables) await rm(join(folder, table));
    return seconds;
  }, 'property_insights');
}
