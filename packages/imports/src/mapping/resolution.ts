/** How a table is read, as the client sees it, and what its fields are completed from. */
import type { FileNote } from '../file-notes.ts';
import type { FieldName } from './fields.ts';
import type { Column, Mapping, Source } from './mapping.ts';
import type { Question } from './questions.ts';
import type { Cell } from './readings.ts';
import type { Evidence } from './table.ts';

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
  /** What is unlikely in the values. */
  notes: FileNote[];
}

/** A field of the mapping, and its values at the beginning of the table. */
export interface FieldValues {
  name: FieldName;
  source: Source;
  cells: Cell[];
  columns: Column[];
  /** The columns in messages. */
  column: string;
}

/** What is found while a mapping is completed. */
export interface Findings {
  evidence: Evidence[];
  questions: Question[];
  notes: FileNote[];
}

export interface Context extends Findings {
  mapping: Mapping;
  market: MarketTerms | undefined;
  allValues: FieldValues[];
}
