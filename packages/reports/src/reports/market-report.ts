/** The market report: what sells in a market or a part of it, for how much, and how that changes. */
import {
  distribution,
  type Filters,
  filterParameters,
  InvalidQuestion,
  map,
  priceIndex,
  summary,
  trend,
} from '@property-insights/analytics';
import { type DatedNote, placeNotes } from '@property-insights/charts';
import Type, { type Static } from 'typebox';
import { typeName } from '../attributes.ts';
import { heading, lead, optional, paragraph, rowsOf, text } from '../blocks.ts';
import type { Block, Figure, LinesChart, SimpleBlock } from '../document.ts';
import { type Context, defineReport } from '../report.ts';
import { areaColumns, moves, readAreas } from './area-table.ts';
import { notes } from './notes.ts';
import { chartPeriods, lineSeries, signed, type Window, windowOf, withLevelPeriod } from './periods.ts';
import { filtersInWords } from './scope.ts';

const parameters = Type.Object(
  {
    ...filterParameters,
    interval: Type.Optional(
      Type.Enum(['month', 'quarter', 'year'], {
        description: 'The length of a period; by default, the shortest of which there are at most 40.',
      }),
    ),
    level: Type.Optional(
      Type.Enum(['region', 'locality', 'postcode'], { default: 'locality', description: 'The areas that are listed.' }),
    ),
    notes: Type.Optional(Type.Boolean({ default: false, description: 'Whether charts show the notes of the market.' })),
  },
  { additionalProperties: false },
);
type Parameters = Static<typeof parameters>;

/** Types that have a line of their own. */
const maxTypes = 2;

/** A type with a smaller share of the sales has no line. */
const minShare = 0.05;

/** The whole world: the map shows every place that has sales. */
const everywhere = '-180,-90,180,90';

export const marketReport = defineReport({
  name: 'market-report',
  summary: 'Headline figures, prices over time, an index, the distribution, areas and a map of a market or an area',
  example: {},
  parameters,
  async write(context, { interval, level = 'locality', notes: withNotes = false, ...asked }) {
    const { ask, market, words } = context;
    const whole = await ask(summary, asked);
    const { from, to, before, after } = whole.covered;
    // A period that the data covers in part has fewer sales than there were, and not a random part of them.
    const filters = { ...(from && to && before + after < whole.sales && { sold_from: from, sold_to: to }), ...asked };
    const covered = await ask(summary, filters);
    const outside = whole.sales - covered.sales;
    // Levels of decades together would be those of no day.
    const levels = withLevelPeriod(asked, whole.covered);
    const recent = await ask(summary, levels);
    const [ofPeriod, ofFigures] = recent.sales > 0 ? [recent, levels] : [covered, filters];
    // The sales of one year alone have no earlier year to be compared with.
    const { change_over_one_year, change_over_one_year_interval } = covered;
    const figures = { ...ofPeriod, change_over_one_year, change_over_one_year_interval };
    const { first_sale: first, last_sale: last } = covered;
    const title = filtersInWords(asked, words) ?? market.name;
    if (figures.sales === 0) {
      return {
        title,
        subtitle: words.empty.title,
        blocks: [lead(words.empty.text), ...notes(context, { first, last, leftOut: figures.left_out })],
      };
    }
    const window = await windowOf(context, filters, interval);
    // Charts over time also show the periods whose sales are still arriving.
    const drawn = {
      ...asked,
      sold_from: asked.sold_from ?? window?.from,
      sold_to: asked.sold_to ?? whole.last_sale ?? undefined,
    };
    const mapped = await mapOf(context, ofFigures);
    const types = figures.by_type
      .filter((each) => each.type !== null && each.sales >= minShare * figures.sales)
      .slice(0, maxTypes)
      .map((each) => ({ ...each, type: each.type as string }));
    const dated = withNotes ? await context.notes() : [];
    const blocks: Block[] = [
      lead(...leadSentences(context, figures, types)),
      { type: 'figures', figures: headline(context, figures, types) },
      ...(window ? await overTime(context, drawn, window, types, dated) : []),
      { type: 'columns', columns: [soldByType(context, figures), await spread(context, ofFigures, types)] },
      ...(window ? await index(context, drawn, window, dated) : []),
      {
        type: 'columns',
        columns: [
          mapped,
          notes(context, { first, last, leftOut: figures.left_out, outside, places: mapped.length > 0 }),
        ],
      },
      ...(await moves(context, { ...asked, level }, whole.covered, types[0]?.type)),
      ...(await byArea(context, ofFigures, level)),
    ];
    return {
      title,
      subtitle: signed(context, ofFigures.sold_from ?? window?.from, figures.last_sale) ?? market.name,
      blocks,
    };
  },
});

type Summary = Static<typeof summary.result>;
type OfType = Summary['by_type'][number] & { type: string };

function leadSentences({ words, format }: Context, figures: Summary, types: OfType[]): string[] {
  const w = words.market.lead;
  const money = (value: number) => format.text(value, 'money');
  const medians = types.map(({ type, median_price }) => w.ofType(money(median_price), typeName(type, words)));
  const { change_over_one_year: change, change_over_one_year_interval: interval } = figures;
  const inText = (value: number | null) => format.text(value, 'change');
  return [
    w.sales(format.text(figures.sales, 'count'), format.text(figures.total_value, 'short_money')),
    medians.length > 0 ? w.types(format.list(medians)) : w.median(money(figures.median_price ?? 0)),
    ...(change === null ? [] : [w.change(inText(change), inText(interval.lower), inText(interval.upper))]),
  ];
}

function headline({ words, format }: Context, figures: Summary, types: OfType[]): Figure[] {
  const w = words.market;
  const ofTypes =
    types.length > 0
      ? types.map((each) => ({ title: w.medianOf(typeName(each.type, words)), name: `median_${each.type}`, row: each }))
      : [{ title: w.median, name: 'median', row: figures }];
  const {
    change_over_one_year: change,
    change_over_one_year_interval: { lower, upper },
  } = figures;
  return [
    ...ofTypes.map(({ title, name, row }): Figure => {
      const [lower, upper] = [optional(row, 'median_lower'), optional(row, 'median_upper')];
      const range =
        typeof lower === 'number' && typeof upper === 'number' ? { range: [lower, upper] as [number, number] } : {};
      return { name, title, value: row.median_price, format: 'money', ...range };
    }),
    change === null
      ? { name: 'total_value', title: w.total, value: figures.total_value, format: 'short_money' }
      : {
          name: 'change',
          title: w.change,
          value: change,
          format: 'change',
          ...(lower !== null && upper !== null && { range: [lower, upper] as [number, number] }),
        },
    {
      name: 'sales',
      title: w.salesTitle,
      value: figures.sales,
      format: 'count',
      note: w.leftOutNote(format.text(figures.left_out.count, 'count')),
    },
  ];
}

async function overTime(
  context: Context,
  filters: Filters,
  { interval }: Window,
  types: OfType[],
  dated: readonly DatedNote[],
): Promise<SimpleBlock[]> {
  const { ask, words, format } = context;
  const w = words.market;
  const grouped = types.length > 0;
  const names = types.map(({ type }) => type);
  const of = { ...filters, interval };
  const all = await ask(trend, of);
  const found = grouped ? await ask(trend, { ...of, group_by: 'type', type: filters.type ?? names }) : all;
  const groups: (string | null)[] = grouped ? names : [null];
  const { periods, series } = lineSeries(found, groups, (group) =>
    group === null ? w.median : typeName(group, words),
  );
  const counted = new Map(all.periods.map(({ period, sales }) => [period, sales]));
  const chart: LinesChart = {
    kind: 'lines',
    format: 'money',
    interval,
    periods,
    series,
    counts: { title: w.counts[interval], values: periods.map(({ day }) => counted.get(day) ?? 0) },
    ...placed(dated, periods, interval),
  };
  return [
    heading(w.trend[interval], isCovered(periods) ? w.trendNote : `${w.trendNote} ${w.trendPartly}`),
    { type: 'chart', chart, alt: w.trendAlt(describeLines(chart)) },
    ...sentences(context, chart),
    {
      type: 'table',
      name: 'periods',
      title: w.trend[interval],
      columns: [
        { name: 'period', title: words.columns.period, format: interval },
        { name: 'type', title: words.columns.type, format: 'text' },
        { name: 'sales', title: words.columns.sales, format: 'count' },
        { name: 'p25', title: words.columns.p25, format: 'money' },
        { name: 'median', title: words.columns.median, format: 'money' },
        { name: 'p75', title: words.columns.p75, format: 'money' },
        { name: 'complete', title: words.columns.complete, format: 'text' },
      ],
      rows: found.periods
        .filter(({ group }) => groups.includes(group))
        .map(({ period, group, sales, p25, median, p75, complete }) => [
          period,
          group === null ? null : typeName(group, words),
          sales,
          p25,
          median,
          p75,
          complete ? words.yes : words.no,
        ]),
      plot: { kind: 'line', x: 'period', y: 'median', group: 'type' },
      appendix: true,
    },
  ];

  function describeLines({ series, periods }: LinesChart): string {
    const sentences = series.flatMap(({ name, values }) => {
      const known = values.flatMap((value, i) => {
        const { day, coverage } = periods[i] ?? {};
        return value === null || day === undefined || coverage !== 'covered' ? [] : [{ value, period: day }];
      });
      const [first, last] = [known[0], known.at(-1)];
      if (!first || !last) return [];
      const money = (value: number) => format.text(value, 'short_money');
      return [
        w.trendSeries(
          name,
          money(first.value),
          money(last.value),
          format.period(first.period, interval),
          format.period(last.period, interval),
        ),
      ];
    });
    return sentences.join('; ');
  }
}

const isCovered = (periods: LinesChart['periods']) => periods.every(({ coverage }) => coverage === 'covered');

function soldByType({ words }: Context, figures: Summary): SimpleBlock[] {
  const w = words.columns;
  return [
    heading(words.market.sold),
    {
      type: 'table',
      name: 'types',
      title: words.market.sold,
      columns: [
        { name: 'type', title: w.type, format: 'text' },
        { name: 'sales', title: w.sales, format: 'count' },
        { name: 'share', title: w.share, format: 'share' },
        { name: 'median', title: w.median, format: 'money' },
      ],
      plot: { kind: 'bar', x: 'type', y: 'sales' },
      rows: figures.by_type.map(({ type, sales, median_price }) => [
        type === null ? words.unnamed : typeName(type, words),
        sales,
        sales / figures.sales,
        median_price,
      ]),
    },
  ];
}

async function spread({ ask, words, format }: Context, filters: Filters, types: OfType[]): Promise<SimpleBlock[]> {
  const w = words.market;
  const groups = types.length > 0 ? types.map(({ type }) => type) : [undefined];
  const found = await Promise.all(
    groups.map((type) => ask(distribution, { ...filters, ...(type && { type: [type] }), scale: 'log', bins: 40 })),
  );
  const series = found.flatMap(({ sales, bins, percentiles }, i) => {
    const median = percentiles.find(({ percent }) => percent === 50)?.value;
    if (typeof median !== 'number' || bins.length < 2) return [];
    const type = groups[i];
    const name = type === undefined ? w.median : typeName(type, words);
    return [{ name, median, bins: bins.map(({ from, to, sales: count }) => ({ from, to, share: count / sales })) }];
  });
  if (series.length === 0) return [];
  const medians = series.map(({ name, median }) => `${name} ${format.text(median, 'short_money')}`);
  return [
    heading(w.spread, w.spreadNote),
    { type: 'chart', chart: { kind: 'spread', series }, alt: w.spreadAlt(medians.join(', ')) },
  ];
}

/** The notes that are on a chart of these periods. */
function placed(
  dated: readonly DatedNote[],
  periods: LinesChart['periods'],
  interval: LinesChart['interval'],
): Pick<LinesChart, 'notes'> {
  const days = periods.map(({ day }) => day);
  const found = placeNotes(dated, days, interval);
  return found.length > 0
    ? { notes: found.map(({ day, text, number, period, at }) => ({ day, text, number, period, at })) }
    : {};
}

/** The sentences of the numbered lines of a chart. */
function sentences({ format }: Context, { notes: placed = [] }: LinesChart): SimpleBlock[] {
  if (placed.length === 0) return [];
  const paragraphs = placed.map(({ number, day, text }) => paragraph(`${format.date(day)}: ${text}`, String(number)));
  return [{ type: 'text', style: 'body', paragraphs }];
}

async function index(
  context: Context,
  filters: Filters,
  { interval }: Window,
  dated: readonly DatedNote[],
): Promise<SimpleBlock[]> {
  const { ask, words, format } = context;
  const w = words.market;
  const answer = await ask(priceIndex, { ...filters, interval }).catch((error: unknown) => {
    if (error instanceof InvalidQuestion) return undefined;
    throw error;
  });
  const known = answer?.periods.filter(({ index }) => index !== null) ?? [];
  const last = known.findLast(({ complete }) => complete) ?? known.at(-1);
  if (!answer || !last || known.length < 3) return [heading(w.index), text(words.empty.index)];
  const { periods } = answer;
  const method = answer.methods[0]?.method as string;
  const note = w.indexNote(w.methods[method] ?? method, format.period(answer.base, interval));
  const isSimple = method === 'median' || method === 'mean';
  const mix = method === 'stratified_median' ? w.indexStrata : isSimple ? '' : w.indexMix;
  const drawn = chartPeriods(periods, interval, answer.covered);
  const chart: LinesChart = {
    kind: 'lines',
    format: 'index',
    interval,
    periods: drawn,
    ...placed(dated, drawn, interval),
    series: [
      {
        name: w.methods[method] ?? method,
        values: periods.map(({ index }) => index),
        band: { lower: periods.map(({ lower }) => lower), upper: periods.map(({ upper }) => upper) },
      },
    ],
  };
  return [
    heading(w.index, mix ? `${note} ${mix}` : note),
    { type: 'chart', chart, alt: w.indexAlt(format.text(last.index, 'index'), format.period(last.period, interval)) },
    ...sentences(context, chart),
    {
      type: 'table',
      name: 'index',
      title: w.index,
      columns: [
        { name: 'period', title: words.columns.period, format: interval },
        { name: 'index', title: words.columns.index, format: 'index' },
        { name: 'lower', title: words.columns.lower, format: 'index' },
        { name: 'upper', title: words.columns.upper, format: 'index' },
        { name: 'sales', title: words.columns.sales, format: 'count' },
      ],
      rows: periods.map(({ period, index, lower, upper, count }) => [period, index, lower, upper, count]),
      plot: { kind: 'line', x: 'period', y: 'index' },
      appendix: true,
    },
  ];
}

/** Areas in the body of the report. The appendix lists them all. */
const maxAreasShown = 20;

async function byArea(
  context: Context,
  filters: Filters,
  level: NonNullable<Parameters['level']>,
): Promise<SimpleBlock[]> {
  const { words, format } = context;
  const w = words.market;
  const { rows, total } = await readAreas(context, { ...filters, level });
  // One area is the report itself.
  if (rows.length < 2) return [];
  const named = { name: 'areas', title: w.areas, columns: areaColumns(context, level, rows.slice(0, maxAreasShown)) };
  return [
    heading(
      w.areas,
      w.areasNote(format.text(Math.min(rows.length, maxAreasShown), 'count'), format.text(total, 'count')),
    ),
    { type: 'table', ...named, rows: rowsOf(rows, named.columns), shown: maxAreasShown },
  ];
}

async function mapOf({ ask, words, format }: Context, filters: Filters): Promise<SimpleBlock[]> {
  const w = words.market;
  const found = await ask(map, { ...filters, bbox: everywhere, of: 'locality' });
  // One dot shows nothing.
  if (found.features.length < 2) return [];
  const points = found.features.map(({ geometry, properties }) => ({
    name: properties.area ?? '',
    longitude: geometry.coordinates[0] as number,
    latitude: geometry.coordinates[1] as number,
    sales: properties.sales,
    median: properties.median,
    thin: properties.thin,
  }));
  const unlocated = found.unlocated > 0 ? ` ${w.unlocated(format.text(found.unlocated, 'count'))}` : '';
  return [
    heading(w.map, `${w.mapNote}${unlocated}`),
    { type: 'map', points, alt: w.mapAlt(format.text(points.length, 'count')) },
  ];
}
