/**
 * The cost of answers that are not cached, as markets grow: every question on a service's own port, compared with its SQL run directly in DuckDB on a copy
 * of the same file; medians over the whole market with PostgreSQL; price indices with a count of the sales by month.
 */
import pg from 'pg';
import { everyQuestion, query } from './asked.ts';
import { type BenchmarkResult, median } from './benchmark.ts';
import { Direct } from './direct.ts';
import { generateInto, type Superuser } from './market.ts';
import { serviceOf, withSystem } from './system.ts';

export const title = 'Milliseconds of an answer that is not cached, by the number of sales';

/** Rounds of a question, which alternate with the work that it is compared with; fewer if they take long. */
const rounds = 5;
const timeBudget = 8_000;
const maxOverDirect = 1.25;
const minOverPostgres = 10;
/** For ten million sales. With fewer, the fixed cost of a question dominates. */
const maxOverCounting = 10;
/** These compute most of their answer outside SQL. */
const methods = ['price-index', 'comparables', 'estimate'];
const inTermsOfCounting = ['median', 'stratified_median'];

const countByMonth = `SELECT year(contract_date) * 12 + month(contract_date) AS number, count(*) FROM sale
  WHERE market_id = $market_id AND non_standard IS NULL GROUP BY ALL`;

/** Median of the twelve months that ended years before the last sale; changes are computed from it. */
const medianOfYear = (yearsBefore: number) =>
  `percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FILTER (
     WHERE contract_date > last - interval '${yearsBefore + 1} years' AND contract_date <= last - interval '${yearsBefore} years')`;

const inForce = 'market_id = $1 AND retired_by IS NULL AND non_standard IS NULL';

/** The same questions over the whole market in the fastest form for PostgreSQL, with the part of the service's answer that must be equal. */
const inPostgres = [
  {
    label: 'trend',
    sql: `SELECT date_trunc('month', contract_date)::date AS key, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS median,
        percentile_cont(0.25) WITHIN GROUP (ORDER BY price), percentile_cont(0.75) WITHIN GROUP (ORDER BY price), count(*), avg(price), sum(price)
      FROM sale WHERE ${inForce} AND contract_date IS NOT NULL GROUP BY 1`,
    medians: ({ periods }: Answer) => periods?.map(({ period, median }) => [period, median]),
  },
  {
    label: 'areas',
    sql: `SELECT locality || ', ' || region AS key, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS median, count(*), avg(price),
        ${[0, 1, 3, 5].map(medianOfYear).join(', ')}
      FROM sale, (SELECT max(contract_date) AS last FROM sale WHERE ${inForce}) AS period
      WHERE ${inForce} AND locality IS NOT NULL GROUP BY locality, region`,
    medians: ({ areas }: Answer) => areas?.map(({ area, region, median }) => [`${area}, ${region}`, median]),
  },
] as const;

interface Answer {
  periods?: { period: string; median: number }[];
  areas?: { area: string; region: string; median: number }[];
}

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const table = new Map<string, Record<string, string | number>>();
  const targets: BenchmarkResult['targets'] = [];
  for (const sales of sizes) {
    const of = (label: string, values: Record<string, string | number>) => {
      const named = Object.entries(values).map(([name, value]) => [`${sales.toLocaleString('en')}: ${name}`, value]);
      table.set(label, { question: label, ...table.get(label), ...Object.fromEntries(named) });
    };
    await withSystem(async (system, folder) => {
      const superuser = await generateInto(system, { code: 'generated', sales });
      const url = `${serviceOf(system, 'analytical').url}/api/analytics`;
      // Both replicas catch up first, so that neither loads during a measurement.
      const reporting = `${serviceOf(system, 'reporting').url}/reporting`;
      for (const address of [`${url}/property-summary`, `${reporting}/property-summary`]) {
        await (await fetch(`${address}?market=generated`)).arrayBuffer();
      }
      const direct = await Direct.open(`${folder}/data`, folder, 'generated');
      const { ids } = await direct.row(
        `SELECT list(id)::JSON::VARCHAR AS ids FROM (SELECT DISTINCT property_id AS id FROM sale WHERE market_id = $market_id ORDER BY id LIMIT ${rounds + 1})`,
        { market_id: direct.market.id },
      );
      const totals = { service: 0, sql: 0 };
      const indices: Record<string, number> = {};
      for (const { label, question, parameters } of everyQuestion(JSON.parse(String(ids)))) {
        const [first, ...others] = Array.from({ length: rounds + 1 }, (_, n) => parameters(n));
        const statements = await direct.ask(question, { market: 'generated', ...first });
        const ask = (n: number) => answered(`${url}/${question.name}?${query('generated', others[n] ?? {})}`);
        const works: ((n: number) => Promise<unknown>)[] = [ask, () => direct.run(statements)];
        if (question.name === 'price-index')
          works.push(() => direct.row(countByMonth, { market_id: direct.market.id }));
        const [service, sql, counting] = await inTurns(works);
        if (service === undefined) of(label, { ms: 'over 30 s' });
        else if (sql !== undefined) {
          of(label, { ms: rounded(service), ratio: (service / sql).toFixed(2) });
          if (counting !== undefined) indices[label] = service / counting;
          if (!methods.includes(question.name)) {
            totals.service += service;
            totals.sql += sql;
          }
        }
      }
      direct.close();
      const claimed = `with ${sales.toLocaleString('en')} sales`;
      const ratio = totals.service / totals.sql;
      targets.push({
        claim: `${claimed}, the questions together take ${ratio.toFixed(2)} times their SQL run directly (at most ${maxOverDirect})`,
        met: ratio <= maxOverDirect,
      });
      for (const [label, times] of Object.entries(indices)) {
        of(label, { 'of counting': times.toFixed(1) });
        if (sales < 10_000_000 || !inTermsOfCounting.some((method) => label.endsWith(`=${method}`))) continue;
        const claim = `${claimed}, ${label} takes ${times.toFixed(1)} times counting by month (under ${maxOverCounting})`;
        targets.push({ claim, met: times < maxOverCounting });
      }
      if (sales < 1_000_000) return;
      for (const { label, times } of await comparedWithPostgres(superuser, url)) {
        const claim = `${claimed}, ${label} is ${times.toFixed(0)} times faster than in PostgreSQL (at least ${minOverPostgres})`;
        targets.push({ claim, met: times >= minOverPostgres });
      }
    });
  }
  return { table: [...table.values()], targets };
}

/** @throws unless both give the same medians */
async function comparedWithPostgres(superuser: Superuser, url: string): Promise<{ label: string; times: number }[]> {
  const client = new pg.Client({
    ...superuser,
    types: { getTypeParser: (oid) => (oid === 1082 ? String : pg.types.getTypeParser(oid)) },
  });
  await client.connect();
  try {
    // A covering index for these questions.
    await client.query(
      `CREATE INDEX ON sale (market_id, contract_date) INCLUDE (price, locality, region) WHERE retired_by IS NULL AND non_standard IS NULL`,
    );
    await client.query('VACUUM (ANALYZE) sale');
    const { rows } = await client.query<{ id: number }>(`SELECT id FROM market WHERE code = 'generated'`);
    const compared = [];
    for (const { label, sql, medians } of inPostgres) {
      const address = (n: number) =>
        `${url}/${label}?market=generated&limit=1000&price_max=${Number.MAX_SAFE_INTEGER - 50 - n}`;
      const ofService = (n: number) => answered(label === 'trend' ? address(n).replace('&limit=1000', '') : address(n));
      const [service, postgres] = await inTurns([ofService, () => client.query(sql, [rows[0]?.id])]);
      const expected = new Map((await client.query(sql, [rows[0]?.id])).rows.map(({ key, median }) => [key, median]));
      const answer = JSON.parse((await ofService(99)) as string) as Answer;
      for (const [key, value] of medians(answer) ?? []) {
        if (expected.get(key) !== value)
          throw new Error(`${label} of ${key} is ${value}, but ${expected.get(key)} in PostgreSQL.`);
      }
      compared.push({ label, times: (postgres as number) / (service as number) });
    }
    return compared;
  } finally {
    await client.end();
  }
}

/** The answer; undefined if the service timed out. */
async function answered(url: string): Promise<string | undefined> {
  const response = await fetch(url);
  const body = await response.text();
  if (response.status === 503) return undefined;
  if (response.status === 200) return body;
  throw new Error(`${url} was answered with ${response.status}: ${body}`);
}

/** Median milliseconds of each function, run alternately; undefined for a function that returns undefined. */
async function inTurns(works: ((n: number) => Promise<unknown>)[]): Promise<(number | undefined)[]> {
  const times = works.map((): number[] => []);
  const began = performance.now();
  for (let n = 0; n < rounds && (n === 0 || performance.now() - began < timeBudget); n++) {
    for (const [i, work] of works.entries()) {
      const started = performance.now();
      const result = await work(n);
      if (result === undefined && i === 0) return works.map(() => undefined);
      times[i]?.push(performance.now() - started);
    }
  }
  return times.map(median);
}

function rounded(milliseconds: number): number {
  return Number(milliseconds.toPrecision(3));
}
