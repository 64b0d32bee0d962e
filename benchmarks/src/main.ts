/** `npm run benchmark [-- NAME…]`: runs the benchmarks named, or all, and prints each one's table. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import * as imports from './import.ts';
import * as summaryThroughput from './summary-throughput.ts';

const benchmarks = { import: imports, 'summary-throughput': summaryThroughput };
type Name = keyof typeof benchmarks;

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(2);
}

const gibibytes = Math.round(totalmem() / 2 ** 30);
console.log(`${availableParallelism()} × ${cpus()[0]?.model}, ${gibibytes} GiB, Node ${process.version}`);
let missed = 0;
for (const name of (names.length > 0 ? names : Object.keys(benchmarks)) as Name[]) {
  const { title, run } = benchmarks[name];
  console.log(`\n${title}`);
  const { table, targets } = await run();
  console.table(table);
  for (const { claim, met } of targets) {
    console.log(`${met ? 'met   ' : 'MISSED'} ${claim}`);
    if (!met) missed++;
  }
}
process.exit(missed === 0 ? 0 : 1);
