/** What the numbers of a report rest on: sources, coverage, what is left out, rounding. */
import { heading, paragraph } from '../blocks.ts';
import type { SimpleBlock } from '../document.ts';
import type { Context } from '../report.ts';

export interface NotesInput {
  first: string | null;
  last: string | null;
  leftOut: { count: number; by_reason: Record<string, number> };
  /** Sales that match the filters and lie outside the covered period. */
  outside?: number;
  places?: boolean;
}

export function notes(
  { words, format, market }: Context,
  { first, last, leftOut, outside = 0, places }: NotesInput,
): SimpleBlock[] {
  const w = words.notes;
  const source = [market.attribution, market.licence].filter(Boolean).join(', ');
  return [
    heading(w.title),
    {
      type: 'text',
      style: 'body',
      paragraphs: [
        paragraph(source ? w.source(source) : w.noSource, w.sourceTitle),
        ...(first && last ? [paragraph(w.coverage(format.date(first), format.date(last)), w.coverageTitle)] : []),
        ...(outside > 0 ? [paragraph(w.outside(format.text(outside, 'count')), w.outsideTitle)] : []),
        paragraph(leftOutSentence({ words, format }, leftOut), `${words.leftOut.title}.`),
        paragraph(w.prices, w.pricesTitle),
        paragraph(w.intervals, w.intervalsTitle),
        ...(places ? [paragraph(w.places, w.placesTitle)] : []),
        paragraph(w.rounding, w.roundingTitle),
      ],
    },
  ];
}

export function leftOutSentence(
  { words, format }: Pick<Context, 'words' | 'format'>,
  { count, by_reason }: NotesInput['leftOut'],
): string {
  if (count === 0) return words.leftOut.none;
  const reasons = Object.entries(by_reason).map(([reason, sales]) =>
    words.leftOut.reason(format.text(sales, 'count'), words.leftOut.reasons[reason] ?? reason),
  );
  return words.leftOut.sentence(format.text(count, 'count'), format.list(reasons));
}
