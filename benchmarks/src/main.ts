/**
 * `npm run benchmark [-- NAME…] [--sales N,N,…] [--markets CODE,…]` runs the named benchmarks, or all, and prints their tables. `--sales` sets the sizes of generated
 * markets; the default is 100 thousand, a million and ten million. `--markets` sets the real markets of `estimates`; the default is all.
 */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseOptionsOrExit } from '@property-insights/command-options';
import * as answers from './answers.ts';
import * as cachedAnswers from './cached-answers.ts';
import * as callers from './callers.ts';
import * as dashboard from './dashboard.ts';
import * as estimates from './estimates.ts';
import * as imports from './import.ts';
import * as markets from './markets.ts';
import * as replica from './replica.ts';
import * as reports from './reports.ts';
import * as writers from './writers.ts';

const benchmarks = {
  import: imports,
  answers,
  'cached-answers': cachedAnswers,
  replica,
  markets,
  writers,
  callers,
  dashboard,
  reports,
  estimates,
};
type Name = keyof typeof benchmarks;

const codes = estimates.markets.map(({ code }) => code);
const { positionals: names, values } = parseOptionsOrExit({
  allowPositionals: true,
  options: {
    sales: { type: 'string', default: '100000,1000000,10000000' },
    markets: { type: 'string', default: codes.join(',') },
  },
});
const unknown = names.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}; the benchmarks are ${Object.keys(benchmarks).join(', ')}.`,
  );
  process.exit(2);
}
const sizes = values.sales.split(',').map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
  console.error(`--sales takes numbers of sales, such as 100000,1000000, not ${values.sales}.`);
  process.exit(2);
}

const chosen = values.markets.split(',');
const unknownMarket = chosen.find((code) => !codes.includes(code));
if (unknownMarket !== undefined) {
  console.error(`There is no market ${unknownMarket}; the markets are ${codes.join(', ')}.`);
  process.exit(2);
}

const gibibytes = Math.round(totalmem() / 2 ** 30);
console.log(`${availableParallelism()} × ${cpus()[0]?.model}, ${gibibytes} GiB, Node ${process.version}`);
let missed = 0;
for (const name of (names.length > 0 ? names : Object.keys(benchmarks)) as Name[]) {
  const { title, run } = benchmarks[name];
  console.log(`\n${title}`);
  const { table, targets } = await run(sizes, chosen);
  if (table.length > 0) console.table(table);
  for (const { claim, met } of targets) {
    console.log(`${met ? 'met   ' : 'MISSED'} ${claim}`);
    if (!met) missed++;
  }
}
process.exit(missed === 0 ? 0 : 1);
