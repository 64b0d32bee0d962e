import type { Static, TObject, TSchema } from 'typebox';
import type { Connection } from './connection.ts';
import type { Market } from './market.ts';

/** What can be asked of the sales of one market. One file a question, in `questions/`. */
export interface Question<P extends TObject = TObject, R extends TSchema = TSchema> {
  /** In paths and cache keys. */
  name: string;
  /** One line for people. */
  summary: string;
  /** What else a reader should know of it, in Markdown: methods, sources, choices. */
  about?: string;
  /** Parameters that show what it is for, and fit the demonstration market. */
  example?: Static<P>;
  /** The query string. What is given to `ask` has been validated against it. */
  parameters: P;
  result: R;
  /** The member of the result that is a table, where one is: what CSV has a row each of. */
  table?: string;
  /** Set for one release if a default changed: answers carry the sentence in a header. `since` is that release, the sentence is ASCII. */
  changedDefault?: { since: string; sentence: string };
  /**
   * Answers from one state of the replica.
   * @throws InvalidQuestion for parameters that fit the schema but not the market
   */
  ask(db: Connection, parameters: Static<P>, market: Market): Promise<Static<R>>;
}

/** Lets a question's types follow from its schemas. */
export function defineQuestion<P extends TObject, R extends TSchema>(question: Question<P, R>): Question<P, R> {
  return question;
}
