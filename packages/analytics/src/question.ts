import type { Static, TObject, TSchema } from 'typebox';
import type { Connection } from './connection.ts';
import type { Market } from './market.ts';

/** An analytical question about the sales of one market. Each has a file in `questions/`. */
export interface Question<P extends TObject = TObject, R extends TSchema = TSchema> {
  /** Used in paths and cache keys. */
  name: string;
  /** One line for people. */
  summary: string;
  /** Methods, sources and choices, in Markdown. */
  about?: string;
  /** Parameters that show its purpose and are valid for the demonstration market. */
  example?: Static<P>;
  /** The schema of the query string. The parameters given to `ask` have been validated against it. */
  parameters: P;
  result: R;
  /** The member of the result that becomes the rows of a CSV answer, if there is one. */
  table?: string;
  /** If the table lacks rows that match the parameters: what to change in the parameters to get the rest, or else more of them. */
  rest?(result: Static<R>, parameters: Static<P>): Partial<Static<P>> | undefined;
  /** Set for one release if a default changed: answers carry the sentence in a header. `since` is that release, the sentence is ASCII. */
  changedDefault?: { since: string; sentence: string };
  /** What releases changed in the answer to the same sales and parameters, the first release first. Cited answers state it. */
  methodChanges?: { since: string; sentence: string }[];
  /**
   * Work that takes longer than a question may, for a result that `Connection.memo` keeps for other questions. It is done once, and continues when the
   * question that began it is cancelled or exceeds its time limit.
   */
  preparation?: {
    /** The result, for the error of a caller who has waited for it too long. */
    name: string;
    /** Identifies the result among those of one version of a market. */
    key(parameters: Static<P>): string;
    /** Whether any caller needs the same. Then it is not at the expense of the one who asks first. */
    isCommon(parameters: Static<P>): boolean;
    /**
     * Checks the parameters of a caller, so that no caller waits for the result in vain.
     * @throws InvalidQuestion
     */
    check(db: Connection, parameters: Static<P>, market: Market): Promise<unknown>;
    do(db: Connection, parameters: Static<P>, market: Market): Promise<unknown>;
  };
  /**
   * Computes the answer from one state of the store.
   * @throws InvalidQuestion for parameters that match the schema but are invalid for the market
   */
  ask(db: Connection, parameters: Static<P>, market: Market): Promise<Static<R>>;
}

/** Infers the types of a question from its schemas. */
export function defineQuestion<P extends TObject, R extends TSchema>(question: Question<P, R>): Question<P, R> {
  return question;
}
