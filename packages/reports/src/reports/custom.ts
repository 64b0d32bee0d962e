/** Custom reports: a definition, written as a report. */
import { filterParameters, InvalidQuestion, type Question, sales } from '@property-insights/analytics';
import Type from 'typebox';
import { headOf, typeName } from '../attributes.ts';
import { heading, text } from '../blocks.ts';
import {
  type BlockDefinition,
  type BlockOf,
  columnsOf,
  type Definition,
  formatOf,
  listOf,
  questionOf,
  required,
  tableName,
} from '../definition.ts';
import type { Chart, LinesChart, MapPoint, SimpleBlock, TableBlock, Value } from '../document.ts';
import { markdown } from '../markdown.ts';
import { type Context, defineReport, type Report } from '../report.ts';
import { chartPeriods } from './periods.ts';
import { filtersInWords } from './scope.ts';

/** Rows of an answer, and answers that a table asks for: 20,000 areas. */
const pageSize = 1000;
const maxPages = 20;

/** More bars or lines cannot be read. */
const maxBars = 40;
const maxLines = 4;

/** The parameters of every custom report. */
export const customParameters = Type.Object(
  {
    ...filterParameters,
    edition: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2 ** 31 - 1,
        description: 'The edition of the definition; defaults to the last one.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** @param name in paths, such as `custom/quarterly` */
export function customReport(name: string, definition: Definition): Report<typeof customParameters> {
  return defineReport({
    name,
    kind: 'custom',
    summary: definition.summary ?? definition.title,
    example: {},
    parameters: customParameters,
    async write(context, { edition: _, market: __, ...requested }) {
      const filters = { ...definition.filters, ...requested };
      const blocks: SimpleBlock[] = [];
      for (const block of definition.blocks) blocks.push(await write({ ...context, filters }, block));
      const subtitle = definition.subtitle ?? filtersInWords(filters, context.words) ?? context.market.name;
      return { title: definition.title, subtitle, blocks };
    },
  });
}

interface CustomContext extends Context {
  /** Those of the definition and the request. */
  filters: Record<string, unknown>;
}
type Row = Record<string, unknown>;

function write(context: CustomContext, block: BlockDefinition): Promise<SimpleBlock> | SimpleBlock {
  switch (block.type) {
    case 'heading':
      return heading(block.text, block.note);
    case 'text':
      return { type: 'text', style: block.style ?? 'body', paragraphs: markdown(block.markdown) };
    case 'figures':
      return figures(context, block);
    case 'table':
      return table(context, block);
    case 'map':
      return mapOf(context, block);
    case 'chart':
      switch (block.kind) {
        case 'lines':
          return lines(context, block);
        case 'bars':
          return bars(context, block);
        case 'spread':
          return spread(context, block);
      }
  }
}

/** Asks the question of a block. Of the filters of the report, it gets those that it takes. */
function askFor<A extends object = Row>(context: CustomContext, block: BlockDefinition, more: object = {}): Promise<A> {
  const { ask } = context;
  return ask(questionOf(block) as Question, { ...asked(context, block), ...more }) as unknown as Promise<A>;
}

function asked({ filters }: CustomContext, block: BlockDefinition): object {
  const question = questionOf(block) as Question;
  const known = Object.entries(filters).filter(([name]) => name in question.parameters.properties);
  return { ...Object.fromEntries(known), ...required(block), ...('parameters' in block && block.parameters) };
}

async function figures(context: CustomContext, block: BlockOf<'figures'>): Promise<SimpleBlock> {
  const answer = await askFor(context, block);
  return {
    type: 'figures',
    figures: block.figures.map((figure) => ({
      name: figure.member.replaceAll('.', '_'),
      title: figure.title,
      value: valueAt(context, answer, figure.member),
      format: formatOf(block, figure),
      ...(figure.note && { note: figure.note }),
    })),
  };
}

async function table(context: CustomContext, block: BlockOf<'table'>): Promise<TableBlock> {
  const columns = columnsOf(block);
  const { rows, rest } = await readRows(context, block);
  return {
    type: 'table',
    name: tableName(block),
    title: block.title,
    columns: columns.map(({ member, title = headOf(member, context.words), format }) => ({
      name: member.replaceAll('.', '_'),
      title,
      format,
    })),
    rows: rows.map((row) => columns.map(({ member }) => valueAt(context, row, member))),
    ...(block.shown && { shown: block.shown }),
    ...(rest && { rest }),
  };
}

/** All rows of a list. Of sales, which may be millions, it is the first page, and the address of a file with all of them. */
async function readRows(
  context: CustomContext,
  block: BlockOf<'table'>,
): Promise<{ rows: Row[]; rest?: TableBlock['rest'] }> {
  const question = questionOf(block) as Question;
  const isPage = ['limit', 'skip', 'cursor'].some((name) => name in (block.parameters ?? {}));
  const isPaged = 'cursor' in question.parameters.properties && !isPage;
  if (!isPaged) return { rows: listOf(block, await askFor(context, block)) };
  const rows: Row[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const answer: Page = await askFor(context, block, { limit: pageSize, ...(cursor && { cursor }) });
    rows.push(...listOf(block, answer));
    if (question.name === sales.name) {
      const left = answer.total - rows.length;
      return {
        rows,
        ...(left > 0 && {
          rest: { rows: left, address: fileOf(answer.citation.address), parameters: asked(context, block) },
        }),
      };
    }
    cursor = answer.next;
    if (cursor === null) break;
  }
  return { rows };
}

interface Page extends Row {
  total: number;
  next: string | null;
  citation: { address: string };
}

/** The address of all sales as CSV, by that of one page. */
function fileOf(address: string): string {
  const url = new URL(address);
  url.pathname += '.csv';
  for (const name of ['sort', 'order', 'limit', 'skip', 'cited']) url.searchParams.delete(name);
  return url.href;
}

async function mapOf(context: CustomContext, block: BlockOf<'map'>): Promise<SimpleBlock> {
  interface Feature {
    geometry: { coordinates: [number, number] };
    properties: { area: string | null; sales: number; median: number; thin: boolean };
  }
  const { features } = await askFor<{ features: Feature[] }>(context, block);
  const points = features.map(({ geometry: { coordinates }, properties }): MapPoint => {
    const [longitude, latitude] = coordinates;
    const { area, sales, median, thin } = properties;
    return { name: area ?? '', longitude, latitude, sales, median, thin };
  });
  if (points.length === 0) return text(context.words.empty.map);
  return { type: 'map', alt: block.alt, points, ...(block.note && { note: block.note }) };
}

const drawn = {
  trend: { group: 'group', value: 'median', lower: 'p25', upper: 'p75', format: 'money' },
  'price-index': { group: 'method', value: 'index', lower: 'lower', upper: 'upper', format: 'index' },
} as const;

async function lines(context: CustomContext, block: BlockOf<'lines'>): Promise<SimpleBlock> {
  interface Answer {
    interval: LinesChart['interval'];
    periods: (Row & { period: string })[];
    covered: Parameters<typeof chartPeriods>[2];
  }
  const { words } = context;
  const answer = await askFor<Answer>(context, block).catch((error: unknown) => {
    if (error instanceof InvalidQuestion && error.parameter === 'method') return undefined;
    throw error;
  });
  if (!answer) return text(words.empty.index);
  const { periods, interval, covered } = answer;
  const { group, value, lower, upper, format } = drawn[block.question];
  const sales = (name: string | null) =>
    periods.reduce((sum, row) => sum + (row[group] === name && typeof row.sales === 'number' ? row.sales : 0), 0);
  const all = [...new Set(periods.map((row) => row[group] as string | null))].toSorted((a, b) => sales(b) - sales(a));
  const groups = all.slice(0, maxLines);
  const first = periods.filter((row) => row[group] === groups[0]);
  const series = groups.map((name) => {
    const own = periods.filter((row) => row[group] === name);
    const values = (member: string) => own.map((row) => row[member] as number | null);
    return {
      name: name === null ? words.columns.median : (words.market.methods[name] ?? typeName(name, words)),
      values: values(value),
      band: { lower: values(lower), upper: values(upper) },
    };
  });
  return chartOf(
    context,
    block,
    {
      kind: 'lines',
      format,
      interval,
      periods: chartPeriods(first, interval, covered),
      series,
    },
    all.length,
  );
}

async function bars(context: CustomContext, block: BlockOf<'bars'>): Promise<SimpleBlock> {
  const rows = listOf(block, await askFor(context, block));
  const items = rows.flatMap((row) => {
    const value = valueAt(context, row, block.value);
    const name = valueAt(context, row, block.label) ?? context.words.unnamed;
    return typeof value === 'number' ? [{ name: String(name), value }] : [];
  });
  const chart: Chart = { kind: 'bars', format: block.format ?? 'count', items: items.slice(0, maxBars) };
  return chartOf(context, block, chart, items.length);
}

async function spread(context: CustomContext, block: BlockOf<'spread'>): Promise<SimpleBlock> {
  interface Answer {
    sales: number;
    bins: { from: number; to: number; sales: number }[];
    percentiles: { percent: number; value: number | null }[];
  }
  const { sales: count, bins, percentiles } = await askFor<Answer>(context, block);
  const median = percentiles.find(({ percent }) => percent === 50)?.value;
  const series =
    typeof median === 'number' && bins.length > 1
      ? [{ name: block.title, median, bins: bins.map(({ from, to, sales }) => ({ from, to, share: sales / count })) }]
      : [];
  return chartOf(context, block, { kind: 'spread', series });
}

/**
 * A chart, or a sentence where there is nothing to draw.
 * @param all how many lines or bars the answer has. A chart that has fewer states that.
 */
function chartOf(
  { words, format }: Context,
  { alt, note = '' }: { alt: string; note?: string },
  chart: Chart,
  all = 0,
): SimpleBlock {
  const marks = 'items' in chart ? chart.items : chart.series;
  if (marks.length === 0) return text(words.empty.text);
  const count = (number: number) => format.text(number, 'count');
  const cut = all > marks.length ? words.firstMarks(count(marks.length), count(all)) : '';
  const notes = [note, cut].filter(Boolean).join(' ');
  return { type: 'chart', alt, chart, ...(notes && { note: notes }) };
}

/** @param member its path, such as `percentiles.p10` */
function valueAt({ words }: Context, row: Row, member: string): Value {
  const value = member.split('.').reduce<unknown>((each, name) => (each as Row | null)?.[name], row);
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
