/** How a table is read, as the client sees it, and what its fields are completed from. */
import type { FieldName } from './fields.ts';
import type { Mapping, Source } from './mapping.ts';
import type { Cell } from './readings.ts';
import type { Evidence } from './table.ts';

/** An ambiguity that the client must resolve. */
export interface Question {
  /** The member of the mapping that resolves it: `date_order`. */
  member: string;
  /** A sentence without a full stop that states what to give. */
  text: string;
  /** The possible values, if there are only a few; lists as JSON. */
  choices: string[];
}

/** What a market states of the values of its sales. */
export interface MarketTerms {
  /** An ISO code. */
  currency: string;
  /** An IANA time zone. */
  timeZone: string;
}

export interface Resolution {
  mapping: Mapping;
  /** The origin of the choice of columns. */
  origin: 'given' | 'remembered' | 'proposed';
  evidence: Evidence[];
  questions: Question[];
  /** What is unlikely in the values, in sentences without full stops. */
  notes: string[];
}

/** A field of the mapping, and its values at the beginning of the table. */
export interface FieldValues {
  name: FieldName;
  source: Source;
  cells: Cell[];
  /** The names of the columns, for messages. */
  column: string;
}

/** What is found while a mapping is completed. */
export interface Findings {
  evidence: Evidence[];
  questions: Question[];
  notes: string[];
}

export interface Context extends Findings {
  mapping: Mapping;
  market: MarketTerms | undefined;
  allValues: FieldValues[];
}
