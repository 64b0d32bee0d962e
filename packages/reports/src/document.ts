/**
 * A report as a document: typed blocks, which each form (JSON, CSV, HTML, PDF, XLSX) renders. Values are those of the answers, unrounded; each has a
 * format, by which `Formatter` writes it for people.
 */
import type { Citation } from '@property-insights/analytics';
import type { Coverage, PlacedNote } from '@property-insights/charts';
import type { Language } from './language.ts';

/** How a value is written: see `Formatter`. Fractions, such as 0.05, are written as percentages. */
export const formats = [
  'text',
  'count',
  'money',
  'estimate',
  'short_money',
  'share',
  'change',
  'number',
  'index',
  'factor',
  'date',
  'month',
  'quarter',
  'year',
] as const;
export type Format = (typeof formats)[number];

/** Formats of days: a period is the day that it begins on. */
export function isDate(format: Format): format is 'date' | 'month' | 'quarter' | 'year' {
  return ['date', 'month', 'quarter', 'year'].includes(format);
}
export type Value = string | number | null;

/** Text with one style. */
export interface Run {
  text: string;
  bold?: true;
  italic?: true;
  code?: true;
  /** An http or https address. */
  link?: string;
}

export interface Paragraph {
  kind: 'paragraph' | 'heading' | 'item' | 'numbered';
  runs: Run[];
}

export interface HeadingBlock {
  type: 'heading';
  text: string;
  note?: string;
}

export interface TextBlock {
  type: 'text';
  /** lead: the sentences that open a report. */
  style: 'lead' | 'body';
  paragraphs: Paragraph[];
}

/** A number that a reader sees first, with its range if it has one. */
export interface Figure {
  name: string;
  title: string;
  value: Value;
  format: Format;
  /** Both ends of the interval, in the format of the value. */
  range?: [number, number];
  note?: string;
}

/** Figures side by side. */
export interface FigureBlock {
  type: 'figures';
  figures: Figure[];
}

export interface ChartBlock {
  type: 'chart';
  /** What the chart shows, in words. */
  alt: string;
  chart: Chart;
  note?: string;
}

export interface Column {
  /** In JSON, CSV and XLSX: snake_case, unique in its table. */
  name: string;
  title: string;
  format: Format;
}

export interface TableBlock {
  type: 'table';
  /** In CSV and XLSX: snake_case, unique in its document. */
  name: string;
  title: string;
  columns: Column[];
  rows: Value[][];
  /** How many rows pages show. The others are in JSON, CSV and XLSX. */
  shown?: number;
  /** The sales that the document does not have: how many, the address of all sales, and the parameters of the question that lists them. */
  rest?: { rows: number; address: string; parameters: object };
  /**
   * In XLSX: a native chart of two columns, with a series for each value of a third, whose rows are next to each other. `rows` is how many of the first
   * rows it has, if not all.
   */
  plot?: { kind: 'line' | 'bar'; x: string; y: string; group?: string; rows?: number };
  /** The numbers behind a chart: at the end of a document. */
  appendix?: true;
}

export interface MapPoint {
  name: string;
  longitude: number;
  latitude: number;
  sales: number;
  median: number;
  thin: boolean;
}

/** A dot for each place: its area is the number of sales, its colour the median price. */
export interface MapBlock {
  type: 'map';
  alt: string;
  points: MapPoint[];
  note?: string;
}

/** Blocks side by side, where the form has room for it. */
export interface ColumnsBlock {
  type: 'columns';
  columns: SimpleBlock[][];
}

export type SimpleBlock = HeadingBlock | TextBlock | FigureBlock | ChartBlock | TableBlock | MapBlock;
export type Block = SimpleBlock | ColumnsBlock;

/** Values over time. */
export interface LinesChart {
  kind: 'lines';
  format: 'money' | 'index';
  interval: 'month' | 'quarter' | 'year';
  periods: {
    /** Its first day. */
    day: string;
    /** How much of the period the data covers. Only covered ones are drawn solid. */
    coverage: Coverage;
    /** The share of its sales that is known, if that can be estimated. */
    known: number | null;
  }[];
  series: {
    name: string;
    values: (number | null)[];
    /** The ends of a band around the values. */
    band?: { lower: (number | null)[]; upper: (number | null)[] };
    /** Whether a value rests on too few sales to be joined to its neighbours. */
    thin?: boolean[];
  }[];
  /** Numbers of sales, as bars below the lines. */
  counts?: { title: string; values: number[] };
  /** Dated sentences, as numbered lines. */
  notes?: PlacedNote[];
}

/** How values spread: a line for each series over bins of equal width on a logarithmic scale. */
export interface SpreadChart {
  kind: 'spread';
  series: { name: string; median: number; bins: { from: number; to: number; share: number }[] }[];
}

/** A dot on its interval for each item, around zero. */
export interface ChangesChart {
  kind: 'changes';
  items: { name: string; value: number; lower: number | null; upper: number | null; note: string }[];
}

/** Middle half (thick), 10th to 90th percentile (thin) and median for each item. */
export interface RangesChart {
  kind: 'ranges';
  items: { name: string; p10: number; p25: number; median: number; p75: number; p90: number }[];
}

/** Recorded and adjusted prices of comparables, against the estimate and its range. */
export interface ComparablesChart {
  kind: 'comparables';
  estimate: number;
  range: [number, number] | null;
  items: { name: string; price: number; adjusted: number }[];
}

/** Horizontal bars from 0. */
export interface BarsChart {
  kind: 'bars';
  format: 'count' | 'share' | 'money';
  items: { name: string; value: number }[];
}

export type Chart = LinesChart | SpreadChart | ChangesChart | RangesChart | ComparablesChart | BarsChart;

/** Who publishes a document. */
export interface Letterhead {
  name: string;
  /** `#rrggbb` */
  accent?: string;
  /** A PNG or JPEG as a data URL. */
  logo?: string;
  disclaimer?: string;
}

export interface ReportDocument {
  /** The name of the report. */
  report: string;
  language: Language;
  /** The kind of report, such as `Market report`. */
  kind: string;
  title: string;
  subtitle: string;
  market: { code: string; name: string; currency: string };
  /** The version of the market, and the day on which it was written. */
  version: number;
  written_on: string;
  /** Whose data it is, and under which licence. */
  attribution: string | null;
  blocks: Block[];
  /** Who publishes it; null: Property Insights. */
  letterhead: Letterhead | null;
  /** The address of a picture of it for other sites, which HTML names. */
  picture?: string;
  /** null in a preview, which nothing returns later. */
  citation: Citation | null;
}

/** The blocks of a document without its layout. */
export function simpleBlocks(blocks: readonly Block[]): SimpleBlock[] {
  return blocks.flatMap((block) => (block.type === 'columns' ? block.columns.flat() : [block]));
}

/** The tables of a document, in their order. */
export function tablesOf({ blocks }: ReportDocument): TableBlock[] {
  return simpleBlocks(blocks).filter((block) => block.type === 'table');
}
