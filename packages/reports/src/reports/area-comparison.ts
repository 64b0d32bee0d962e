/** The area comparison: up to ten areas side by side. */
import { compare, summary, trend } from '@property-insights/analytics';
import Type from 'typebox';
import { heading, lead, optional, text } from '../blocks.ts';
import type { Block, Column, LinesChart } from '../document.ts';
import { defineReport } from '../report.ts';
import type { Level } from './area-table.ts';
import { notes } from './notes.ts';
import { lineSeries, signed, windowOf, withLevelPeriod } from './periods.ts';

/** More lines cannot be distinguished without colours. */
const maxLines = 4;

export const areaComparison = defineReport({
  name: 'area-comparison',
  summary: 'Up to ten regions, localities or postcodes side by side',
  example: { level: 'region', area: ['NSW', 'VIC'] },
  parameters: Type.Object(
    {
      ...compare.parameters.properties,
      interval: Type.Optional(Type.Enum(['month', 'quarter', 'year'], { description: 'The length of a period.' })),
    },
    { additionalProperties: false },
  ),
  async write(context, { interval: chosen, level: askedLevel, area, ...filters }) {
    const { ask, words, format } = context;
    const w = words.comparison;
    const of = { ...(askedLevel && { level: askedLevel }), area };
    const whole = await ask(compare, { ...filters, ...of });
    // Levels of decades together would be those of no day.
    const levels = withLevelPeriod(filters, whole.covered);
    const recent = await ask(compare, { ...levels, ...of });
    const isRecent = recent.areas.every(({ sales }) => sales > 0);
    const period = isRecent ? levels : filters;
    const { level, all, left_out } = isRecent ? recent : whole;
    // The sales of one year alone have no earlier year to be compared with.
    const areas = (isRecent ? recent : whole).areas.map((each, i) => ({
      ...each,
      ...changesIn(whole.areas[i] ?? each),
    }));
    const known = areas.flatMap((each) => (each.median === null ? [] : [{ ...each, median: each.median }]));
    const ranked = known.filter(({ thin }) => !thin).sort((a, b) => b.median - a.median);
    const [highest, lowest] = [ranked[0], ranked.at(-1)];
    const money = (value: number | null) => format.text(value, 'money');
    const blocks: Block[] = [];
    if (highest && lowest && highest !== lowest) {
      blocks.push(lead(w.lead(highest.area, money(highest.median), lowest.area, money(lowest.median))));
    }
    const items = known.flatMap(({ area: name, p10, p25, median, p75, p90 }) =>
      p10 === null || p25 === null || p75 === null || p90 === null ? [] : [{ name, p10, p25, median, p75, p90 }],
    );
    if (items.length > 0) {
      const medians = items.map(({ name, median }) => `${name} ${format.text(median, 'short_money')}`).join(', ');
      blocks.push(heading(w.ranges, w.rangesNote));
      blocks.push({ type: 'chart', chart: { kind: 'ranges', items }, alt: w.rangesAlt(medians) });
    }
    const window = await windowOf(context, { ...filters, ...within(level, areas) }, chosen);
    if (window && items.length > 0) {
      const { interval, from } = window;
      const found = await ask(trend, {
        ...filters,
        level,
        area,
        interval,
        group_by: 'area',
        sold_from: filters.sold_from ?? from,
      });
      const all = [...new Set(found.periods.map(({ group }) => group))];
      const names = all.slice(0, maxLines);
      const { periods, series } = lineSeries(found, names, (name) => name ?? '');
      const withoutBands = series.map(({ band: _, ...line }) => line);
      const chart: LinesChart = { kind: 'lines', format: 'money', interval, periods, series: withoutBands };
      const count = (value: number) => format.text(value, 'count');
      const cut = all.length > names.length ? `. ${words.firstMarks(count(names.length), count(all.length))}` : '';
      blocks.push(heading(w.trend, `${words.market.trend[interval]}${cut}`));
      blocks.push({
        type: 'chart',
        chart,
        alt: words.market.trendAlt(withoutBands.map(({ name }) => name).join(', ')),
      });
    }
    const columns: Column[] = [
      { name: 'area', title: words.levels[level], format: 'text' },
      { name: 'sales', title: words.columns.sales, format: 'count' },
      { name: 'median', title: words.columns.median, format: 'money' },
      { name: 'p25', title: words.columns.p25, format: 'money' },
      { name: 'p75', title: words.columns.p75, format: 'money' },
      { name: 'mean', title: words.columns.mean, format: 'money' },
      { name: 'median_per_land_area', title: words.columns.perLand, format: 'money' },
      { name: 'median_per_floor_area', title: words.columns.perFloor, format: 'money' },
      { name: 'change', title: words.columns.change, format: 'change' },
      { name: 'change_over_three_years', title: words.columns.changeThree, format: 'change' },
      { name: 'change_over_five_years', title: words.columns.changeFive, format: 'change' },
    ];
    const compared = [...areas, { area: words.all, ...all, ...changesIn(whole.all) }];
    const shown = columns.filter(({ name }) => compared.some((row) => optional(row, name) !== null));
    const rows = compared.map((row) => shown.map(({ name }) => optional(row, name)));
    blocks.push(heading(w.table));
    blocks.push({
      type: 'table',
      name: 'areas',
      title: w.table,
      columns: shown,
      rows,
      plot: { kind: 'bar', x: 'area', y: 'median' },
    });
    if (areas.some(({ thin }) => thin)) blocks.push(text(w.thin));
    const { first_sale, last_sale } = await ask(summary, period);
    blocks.push(...notes(context, { first: first_sale, last: last_sale, leftOut: left_out }));
    return {
      title: format.list(areas.map((each) => each.area)),
      subtitle: [w.subtitle(format.text(areas.length, 'count')), signed(context, first_sale, last_sale)]
        .filter(Boolean)
        .join(' · '),
      blocks,
    };
  },
});

type Changes = Record<'change' | 'change_over_three_years' | 'change_over_five_years', number | null>;

function changesIn({ change, change_over_three_years, change_over_five_years }: Changes): Changes {
  return { change, change_over_three_years, change_over_five_years };
}

/** The filter for some areas of a level. */
function within(level: Level, areas: readonly { area: string }[]) {
  return { [level === 'postcode_prefix' ? 'postcode' : level]: areas.map(({ area }) => area) };
}
