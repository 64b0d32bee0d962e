/** Areas as a table, and their changes as a chart. */
import { areas, type Filters } from '@property-insights/analytics';
import type { Static } from 'typebox';
import { optional } from '../blocks.ts';
import type { ChangesChart, Column } from '../document.ts';
import type { Context } from '../report.ts';

type Area = Static<typeof areas.result>['areas'][number];
export type Level = Static<typeof areas.result>['level'];

/** Areas of one answer, and answers that a report asks for: 20,000 areas. */
const pageSize = 1000;
const maxPages = 20;

/** Every area, the one with the most sales first. */
export async function readAreas(
  { ask }: Context,
  parameters: Filters & { level: Level },
): Promise<{ rows: Area[]; total: number }> {
  const rows: Area[] = [];
  let cursor: string | null = null;
  let total = 0;
  for (let page = 0; page < maxPages; page++) {
    const answer: Static<typeof areas.result> = await ask(areas, {
      ...parameters,
      limit: pageSize,
      ...(cursor && { cursor }),
    });
    rows.push(...answer.areas);
    ({ next: cursor, total } = answer);
    if (cursor === null) break;
  }
  return { rows, total };
}

/** The columns of which at least half of the first areas have a value. */
export function areaColumns({ words }: Context, level: Level, first: readonly Area[]): Column[] {
  const w = words.columns;
  const columns: Column[] = [
    { name: 'area', title: words.levels[level], format: 'text' },
    { name: 'region', title: w.region, format: 'text' },
    { name: 'sales', title: w.sales, format: 'count' },
    { name: 'median', title: w.median, format: 'money' },
    { name: 'median_lower', title: w.lower, format: 'money' },
    { name: 'median_upper', title: w.upper, format: 'money' },
    { name: 'mean', title: w.mean, format: 'money' },
    { name: 'change', title: w.change, format: 'change' },
    { name: 'change_over_three_years', title: w.changeThree, format: 'change' },
    { name: 'change_over_five_years', title: w.changeFive, format: 'change' },
  ];
  const regions = new Set(first.map(({ region }) => region));
  const isUseful = ({ name }: Column) => name !== 'region' || regions.size > 1;
  return columns
    .filter(isUseful)
    .filter(({ name }) => 2 * first.filter((row) => optional(row, name) !== null).length >= first.length);
}

/** Both periods of a change need this many sales. With fewer, chance alone would put an area first or last. */
const minSales = 30;
const maxMoves = 16;

/** What a change rests on. Answers have it from release 0.3.0 on. */
interface Rests {
  change_interval?: { lower: number | null; upper: number | null; sales: number; sales_before: number };
}

/** The changes over a year of the areas with the most sales, the largest first; undefined if fewer than three are known. */
export function movesChart({ format }: Context, rows: readonly (Area & Rests)[]): ChangesChart | undefined {
  const named = new Set<string>();
  const twice = new Set(rows.flatMap(({ area }) => (named.size === named.add(area).size ? [area] : [])));
  const items = rows.flatMap(({ area, region, change, change_interval: interval }) => {
    const name = twice.has(area) && region ? `${area}, ${region}` : area;
    if (change === null || !interval || Math.min(interval.sales, interval.sales_before) < minSales) return [];
    const { lower, upper, sales, sales_before } = interval;
    const note = `${format.text(sales_before, 'count')} → ${format.text(sales, 'count')}`;
    return [{ name, value: change, lower, upper, note }];
  });
  if (items.length < 3) return undefined;
  return { kind: 'changes', items: items.slice(0, maxMoves).sort((a, b) => b.value - a.value) };
}
