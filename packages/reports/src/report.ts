/** What a report is: a name, parameters, and a function that writes its blocks from the answers to questions. */

import type { Citation, Market, Question } from '@property-insights/analytics';
import type { DatedNote } from '@property-insights/charts';
import type { Static, TObject, TSchema } from 'typebox';
import type { Block } from './document.ts';
import type { Formatter } from './format.ts';
import type { Words } from './words/index.ts';

/** An answer with the members that every answer has. A list has none. */
export type Answered<R extends TSchema> = Static<R> & { citation: Citation };

/** Asks a question about the version of the market that the report is of. */
export type Ask = <P extends TObject, R extends TSchema>(
  question: Question<P, R>,
  parameters: Static<P>,
) => Promise<Answered<R>>;

export interface Context {
  ask: Ask;
  market: Market;
  words: Words;
  format: Formatter;
  /** The notes on the charts of the market, as of the version of the report. */
  notes(): Promise<readonly DatedNote[]>;
}

/** A report, without what all reports have in common. */
export interface Written {
  title: string;
  subtitle: string;
  blocks: Block[];
}

export interface Report<P extends TObject = TObject> {
  /** Used in paths. */
  name: string;
  /** What `words.kinds` names it by; its name by default. */
  kind?: string;
  /** One line for people. */
  summary: string;
  /** Parameters that show its purpose and are valid for the demonstration market. */
  example: Static<P>;
  parameters: P;
  /** @throws what `ask` throws */
  write(context: Context, parameters: Static<P>): Promise<Written>;
}

/** Infers the types of a report from its parameters. */
export function defineReport<P extends TObject>(report: Report<P>): Report<P> {
  return report;
}
