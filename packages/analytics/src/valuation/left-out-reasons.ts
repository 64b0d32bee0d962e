/** Why a similar sale is no comparable: as a code with values, for readers of any language, and as an English sentence. */
import { coded } from '@property-insights/database';
import Type, { type Static } from 'typebox';

export const leftOutReasonSchema = Type.Union([
  coded('excluded', {}, { description: 'The caller excludes it.' }),
  coded(
    'before_rebuilding',
    {},
    { description: 'It is an earlier sale of the dwelling itself, before it was rebuilt.' },
  ),
  coded(
    'outlying',
    { times_median: Type.Number({ description: 'Its adjusted price, in medians of the comparables.' }) },
    { description: 'Its adjusted price is too far from the others.' },
  ),
]);
export type LeftOutReason = Static<typeof leftOutReasonSchema>;

/** An English sentence. */
export function leftOutSentence(reason: LeftOutReason): string {
  switch (reason.code) {
    case 'excluded':
      return 'The caller excludes it.';
    case 'before_rebuilding':
      return 'It is an earlier sale of the dwelling itself, before it was rebuilt.';
    case 'outlying':
      return `Its adjusted price is ${reason.times_median} times the median of the comparables, and so too far from it.`;
  }
}
