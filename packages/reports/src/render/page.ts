/** A document as a page: every value is text in its language, and every chart and map an SVG. HTML and PDF render pages, and know nothing of formats. */
import { renderSVG } from 'uqr';
import { axisNote } from '../charts/lines.ts';
import { mapSvg } from '../charts/map.ts';
import type { Style } from '../charts/style.ts';
import { chartSvg } from '../charts/svg.ts';
import { fullWidth, halfWidth, ink, narrowWidth } from '../charts/theme.ts';
import type { Block, Format, Paragraph, ReportDocument, SimpleBlock, TableBlock } from '../document.ts';
import { Formatter, nothing } from '../format.ts';
import { type Words, wordsIn } from '../words/index.ts';
import { clean } from './clean.ts';
import { mark } from './mark.ts';

export interface PageTable {
  type: 'table';
  title: string;
  /**
   * The wide columns share the width that the others leave; without any, all share it. Cells of whole columns stay on one line. `longest` is the longest
   * cell.
   */
  columns: { title: string; align: 'left' | 'right'; wide: boolean; isWhole: boolean; longest: string }[];
  rows: string[][];
  /** Whether it needs smaller letters. */
  dense: boolean;
  /** The columns that it has no room for, as a sentence. */
  outside?: string;
  /** How many rows follow, and where they are. */
  more?: { text: string; address: string | null /** As text. */; shown: string };
}

export type PageBlock =
  | { type: 'heading'; text: string; note: string | null }
  | { type: 'text'; style: 'lead' | 'body'; paragraphs: Paragraph[] }
  | { type: 'figures'; figures: { title: string; value: string; note: string }[] }
  | {
      type: 'picture';
      svg: string;
      /** The same, drawn for a narrow screen. */
      narrow: string | null;
      alt: string;
      note: string | null;
      width: number;
      height: number;
    }
  | PageTable;
export type PageColumns = { type: 'columns'; columns: PageBlock[][] };

export interface Page {
  /** Who publishes it: a name, a colour, a picture as SVG or a data URL, and the last paragraphs. */
  author: string;
  accent: string;
  logo: string | null;
  disclaimer: string[];
  /** The address of a picture of it for other sites. */
  picture: string | null;
  language: string;
  kind: string;
  title: string;
  subtitle: string;
  date: string;
  blocks: (PageBlock | PageColumns)[];
  /** The numbers behind the charts. */
  appendix: { title: string; tables: PageTable[] };
  /** At the foot of each page. */
  footer: { source: string; page: [string, string, string] };
  citation: { title: string; note: string; sentence: string; qr: string | null; alt: string } | null;
}

/** Typesetting takes time and memory in proportion to the square of the rows. */
const maxRows = 1000;

/** Characters. A longer address makes a code that cameras cannot read in print. */
const maxQrLength = 700;

/** Characters from which on a column of text is wide. */
const longText = 24;

/**
 * Widths in the size of the text: the most that a table may have, which is then in smaller letters; from which on it is dense; of a letter, of a wide
 * column, whose texts have some lines, and between columns.
 */
const maxWidth = { screen: 60, print: 78 };
const denseWidth = 49;
const letterWidth = 0.57;
const wideWidth = { least: 7.7, most: 13 };
const wideLines = 2;
const columnGap = 1.5;

const numeric: ReadonlySet<Format> = new Set([
  'count',
  'money',
  'estimate',
  'short_money',
  'share',
  'change',
  'number',
  'index',
  'factor',
]);

/** @param medium of a page for screens, wide pictures are drawn a second time, for narrow ones */
export function pageOf(document: ReportDocument, medium: 'screen' | 'print'): Page {
  const words = wordsIn(document.language);
  const format = new Formatter(document.language, document.market.currency);
  const writer = new PageWriter(document, words, format, medium);
  const isBody = (block: Block) => !(block.type === 'table' && block.appendix);
  const { version, written_on, attribution, letterhead, citation } = document;
  const [before = '', between = '', after = ''] = words.page('\u0000', '\u0000').split('\u0000');
  return clean({
    author: authorOf(document),
    accent: letterhead?.accent ?? ink,
    logo: letterhead ? (letterhead.logo ?? null) : mark,
    disclaimer: letterhead?.disclaimer?.split(/\n+/) ?? [],
    picture: document.picture ?? null,
    language: document.language,
    kind: document.kind,
    title: document.title,
    subtitle: document.subtitle,
    date: format.longDate(written_on),
    blocks: document.blocks.filter(isBody).map((block) => writer.block(block)),
    appendix: {
      title: words.appendix,
      tables: document.blocks.flatMap((block) =>
        block.type === 'table' && block.appendix ? [writer.table(block)] : [],
      ),
    },
    footer: {
      source: [attribution, words.version(format.text(version, 'count'), format.longDate(written_on))]
        .filter(Boolean)
        .join('. '),
      page: [before, between, after],
    },
    citation: citation && {
      title: words.cite,
      note: words.citeNote,
      sentence: citation.sentence,
      qr: citation.address.length <= maxQrLength ? renderSVG(citation.address, { border: 0, pixelSize: 4 }) : null,
      alt: words.qr,
    },
  });
}

/** Who publishes a document. */
export function authorOf({ letterhead }: ReportDocument): string {
  return letterhead?.name ?? 'Property Insights';
}

class PageWriter {
  readonly #document: ReportDocument;
  readonly #words: Words;
  readonly #format: Formatter;
  readonly #medium: 'screen' | 'print';
  #pictures = 0;

  constructor(document: ReportDocument, words: Words, format: Formatter, medium: 'screen' | 'print') {
    this.#document = document;
    this.#words = words;
    this.#format = format;
    this.#medium = medium;
  }

  block(block: Block): PageBlock | PageColumns {
    if (block.type !== 'columns') return this.#simple(block, fullWidth);
    const columns = block.columns.filter((column) => column.length > 0);
    const width = columns.length > 1 ? halfWidth : fullWidth;
    return { type: 'columns', columns: columns.map((column) => column.map((each) => this.#simple(each, width))) };
  }

  table({ title, columns, rows, shown = maxRows, rest }: TableBlock): PageTable {
    const limit = Math.min(shown, maxRows);
    const hidden = Math.max(0, rows.length - limit) + (rest?.rows ?? 0);
    const address = rest?.address ?? spreadsheetOf(this.#document);
    const sentence = rest ? this.#words.allRows : this.#words.moreRows;
    const written = rows
      .slice(0, limit)
      .map((row) => row.map((value, i) => this.#format.text(value, columns[i]?.format ?? 'text')));
    const described = columns.map(({ title, format }, i): PageTable['columns'][number] => {
      const longest = written.reduce((most, { [i]: cell = '' }) => (cell.length > most.length ? cell : most), '');
      return {
        title,
        align: numeric.has(format) ? 'right' : 'left',
        wide: format === 'text' && (i === 0 || longest.length > longText),
        isWhole: format !== 'text',
        longest,
      };
    });
    const { fitting, width } = fittingColumns(described, maxWidth[this.#medium]);
    const within = <T>(all: readonly T[]) => all.filter((_, i) => fitting.has(i));
    const outside = described.flatMap(({ title }, i) => (fitting.has(i) ? [] : [title]));
    return {
      type: 'table',
      title,
      columns: within(described),
      rows: written.map(within),
      dense: width > denseWidth,
      ...(outside.length > 0 && { outside: this.#words.moreColumns(outside.join(', ')) }),
      ...(hidden > 0 && {
        more: { text: sentence(this.#format.text(hidden, 'count')), address, shown: address ?? '' },
      }),
    };
  }

  #simple(block: SimpleBlock, width: number): PageBlock {
    const style = { width, format: this.#format, words: this.#words };
    switch (block.type) {
      case 'heading':
        return { type: 'heading', text: block.text, note: block.note ?? null };
      case 'text':
        return block;
      case 'figures':
        return {
          type: 'figures',
          figures: block.figures.map(({ title, value, format, range, note }) => ({
            title,
            value: this.#format.text(value, format),
            note: [range && this.#format.range(range, format), note].filter(Boolean).join(' · '),
          })),
        };
      case 'chart':
        return withRemark(
          this.#picture(block, style, (style, id) => chartSvg(block.chart, style, id)),
          block.chart.kind === 'lines' ? axisNote(block.chart, style) : undefined,
        );
      case 'map': {
        let left = 0;
        const picture = this.#picture(block, style, (style, id) => {
          const map = mapSvg(block.points, style, id);
          left = map.left;
          return map.svg;
        });
        const outside = left > 0 ? this.#words.chart.outside(this.#format.text(left, 'count')) : undefined;
        return withRemark(picture, outside);
      }
      case 'table':
        return this.table(block);
    }
  }

  #picture(
    { alt, note }: { alt: string; note?: string },
    style: Style,
    draw: (style: Style, id: string) => string,
  ): Picture {
    const svg = draw(style, this.#nextId());
    const isWide = this.#medium === 'screen' && style.width > narrowWidth;
    const narrow = isWide ? draw({ ...style, width: narrowWidth }, this.#nextId()) : null;
    const [, width = '0', height = '0'] = /^<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
    return { type: 'picture', svg, narrow, alt, note: note ?? null, width: Number(width), height: Number(height) };
  }

  #nextId(): string {
    this.#pictures += 1;
    return `chart-${this.#pictures}`;
  }
}

type Picture = PageBlock & { type: 'picture' };

function withRemark(picture: Picture, remark: string | undefined): Picture {
  return { ...picture, note: [picture.note, remark].filter(Boolean).join(' ') || null };
}

/** The columns that a page has room for: all, or those that have a value, until one does not fit. */
function fittingColumns(columns: PageTable['columns'], room: number): { fitting: Set<number>; width: number } {
  const widths = columns.map(({ wide, longest, title }) => {
    const letters = Math.max(longest.length, ...title.split(' ').map(({ length }) => length));
    const text = (letterWidth * longest.length) / wideLines;
    return columnGap + (wide ? Math.min(Math.max(text, wideWidth.least), wideWidth.most) : letterWidth * letters);
  });
  const widthOf = (each: number[]) => each.reduce((sum, i) => sum + (widths[i] ?? 0), 0);
  const all = columns.map((_, i) => i);
  const known = all.filter((i) => columns[i]?.longest !== nothing);
  const shown = widthOf(all) <= room ? all : known.filter((_, n) => widthOf(known.slice(0, n + 1)) <= room);
  return { fitting: new Set(shown), width: widthOf(shown) };
}

/** The address of the same report as a spreadsheet. */
function spreadsheetOf({ report, citation }: ReportDocument): string | null {
  if (!citation) return null;
  const url = new URL(citation.address);
  url.pathname = url.pathname.replace(new RegExp(`/${report}$`), `/${report}.xlsx`);
  url.searchParams.delete('cited');
  return url.href;
}
