/** Areas as a table, and their changes as a chart. */
import { areas, changes, type Filters } from '@property-insights/analytics';
import { type CoveredPeriod, comparedPeriods } from '@property-insights/charts';
import type { Static } from 'typebox';
import { typeName } from '../attributes.ts';
import { heading, optional } from '../blocks.ts';
import type { Column, SimpleBlock } from '../document.ts';
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

/** Areas that the chart shows: those that rose and fell beyond chance, and others up to a number of rows. */
const maxUp = 8;
const maxDown = 6;
const maxMoves = 16;

/** Which areas became dearer or cheaper, as the overview of the dashboard shows them; nothing if fewer than three can be compared. */
export async function moves(
  { ask, words, format }: Context,
  { sold_from, sold_to, ...filters }: Filters & { level: Level },
  covered: Pick<CoveredPeriod, 'from' | 'to'>,
  type: string | undefined,
): Promise<SimpleBlock[]> {
  const w = words.market;
  const from = sold_from && covered.from && sold_from > covered.from ? sold_from : covered.from;
  const to = sold_to && covered.to && sold_to < covered.to ? sold_to : covered.to;
  const periods = comparedPeriods({ from, to });
  if (!periods) return [];
  const found = await ask(changes, { ...filters, ...periods, ...(type && { type: [type] }), limit: 5000 });
  const named = new Set<string>();
  const twice = new Set(found.areas.flatMap(({ area }) => (named.size === named.add(area).size ? [area] : [])));
  const known = found.areas.flatMap(({ area, region, change, change_interval: { lower, upper, ...rests } }) => {
    if (change === null || rests.support !== 'good') return [];
    const name = twice.has(area) && region ? `${area}, ${region}` : area;
    const note = `${format.text(rests.sales_before, 'count')} → ${format.text(rests.sales, 'count')}`;
    return [{ name, value: change, lower, upper, note, clear: rests.clear }];
  });
  if (known.length < 3) return [];
  const clear = known.filter((each) => each.clear);
  const shown = [
    ...clear.filter(({ value }) => value > 0).slice(0, maxUp),
    ...clear.filter(({ value }) => value < 0).slice(0, maxDown),
  ];
  const others = known.filter((each) => !each.clear).slice(0, maxMoves - shown.length);
  const items = [...shown, ...others].map(({ clear: _, ...item }) => item);
  const count = (value: number) => format.text(value, 'count');
  const note = w.movedNote(
    format.months(found.later.from, found.later.to),
    format.months(found.earlier.from, found.earlier.to),
    count(found.compared),
    count(found.clear),
    count(Math.ceil(found.expected_by_chance)),
  );
  return [
    heading(type ? w.movedOf(typeName(type, words)) : w.moved, note),
    {
      type: 'chart',
      chart: { kind: 'changes', items },
      alt: w.movedAlt(items.map(({ name, value }) => `${name} ${format.text(value, 'change')}`).join(', ')),
    },
  ];
}
