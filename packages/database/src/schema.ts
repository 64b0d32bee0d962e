/** The tables that the migrations create, for Kysely. A test compares this file's table and column names with a migrated database. */
import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely';
import type { AttributeValues } from './attributes.ts';
import type { RevisionNote } from './revision-notes.ts';

/** Read as Date, written as Date or ISO text. */
type Timestamp = ColumnType<Date, Date | string, Date | string>;
type GeneratedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** Written as JSON text: the driver would make a PostgreSQL array of a JavaScript one. */
type GeneratedJson<T> = ColumnType<T, string | undefined, string>;
/** Set when the row is inserted, and never changed. */
type Fixed<T> = ColumnType<T, T, never>;
type FixedOptional<T> = ColumnType<T | null, T | null | undefined, never>;

export interface Schema {
  market: MarketTable;
  history: HistoryTable;
  market_version: MarketVersionTable;
  default_market: DefaultMarketTable;
  version_gap: VersionGapTable;
  revision: RevisionTable;
  property: PropertyTable;
  sale: SaleTable;
  gazetteer_place: GazetteerPlaceTable;
  set_aside_sale: SetAsideSaleTable;
  market_note: MarketNoteTable;
  index_choice: IndexChoiceTable;
  import: ImportTable;
  reject: RejectTable;
  token: TokenTable;
  mapping: MappingTable;
  'reporting.definition': DefinitionTable;
  'reporting.letterhead': LetterheadTable;
  'reporting.share_link': ShareLinkTable;
  'reporting.job': ReportJobTable;
  'reporting.schedule': ReportScheduleTable;
  'reporting.recipient': ReportRecipientTable;
  'reporting.delivery': ReportDeliveryTable;
}

export interface MarketTable {
  id: GeneratedAlways<number>;
  code: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  time_zone: Generated<string>;
  attribution: string | null;
  licence: string | null;
  /** The covered period, ISO; null where it is estimated. */
  covered_from: string | null;
  covered_to: string | null;
  /** What tasks of the release before read; see `defaultMarketId`. */
  is_default: Generated<boolean>;
  is_synthetic: Generated<boolean>;
  /** The default method of price indices; null until one has been chosen. */
  index_method: string | null;
  /** Why it is the default, as a clause. */
  index_reason: string | null;
  created_at: GeneratedTimestamp;
  deleted_at: Timestamp | null;
  /** When the rows of the deleted market had been removed. */
  emptied_at: Timestamp | null;
}

/** How far the choice of each market's default method has come. */
export interface IndexChoiceTable {
  market_id: Fixed<number>;
  /** The last version that a choice was made for. */
  version: Generated<number>;
  /** Until when a task is choosing. */
  claimed_until: GeneratedTimestamp;
}

/** One row. */
export interface HistoryTable {
  only_row: Generated<boolean>;
  /** The identity of the database's history: a restored backup gets a new one. */
  lineage: Generated<string>;
}

/** The current version of each market. */
export interface MarketVersionTable {
  market_id: Fixed<number>;
  version: number;
  /** In force. */
  sales: Generated<number>;
}

/** At most one row: the market that a client made the default. */
export interface DefaultMarketTable {
  only_row: Generated<boolean>;
  market_id: number;
}

/** Versions that a market lost because the database was restored from a backup. */
export interface VersionGapTable {
  market_id: Fixed<number>;
  first: Fixed<number>;
  last: Fixed<number>;
  created_at: GeneratedTimestamp;
}

export type RevisionKind = 'import' | 'entry' | 'correction' | 'undo' | 'market' | 'set_aside' | 'note';

export interface RevisionTable {
  id: GeneratedAlways<number>;
  /** The position among the revisions of all markets, which orders lists. */
  version: number | null;
  market_id: number | null;
  /** The version of the market that the revision made. */
  market_version: number | null;
  /** The market from then on; null if the revision did not change it. */
  market_state: Record<string, unknown> | null;
  kind: RevisionKind;
  author: string;
  /** English. */
  note: string | null;
  /** Null for revisions that were written before there were codes. */
  coded_note: RevisionNote | null;
  sales_added: Generated<number>;
  sales_retired: Generated<number>;
  places_added: Generated<number>;
  places_retired: Generated<number>;
  set_aside_added: Generated<number>;
  set_aside_retired: Generated<number>;
  notes_added: Generated<number>;
  notes_retired: Generated<number>;
  created_at: GeneratedTimestamp;
  /** The revision that this one undoes. */
  undoes: FixedOptional<number>;
}

export interface PropertyTable {
  id: GeneratedAlways<number>;
  market_id: Fixed<number>;
  key: Fixed<string>;
}

type AttributeColumns = { [Name in keyof AttributeValues]: FixedOptional<NonNullable<AttributeValues[Name]>> };

export interface SaleTable extends AttributeColumns {
  id: GeneratedAlways<number>;
  market_id: Fixed<number>;
  property_id: Fixed<number>;
  key: Fixed<string>;
  fingerprint: Fixed<string>;
  issued_at: ColumnType<Date | null, Date | string | null | undefined, never>;
  added_by: Fixed<number>;
  retired_by: number | null;
  contract_date: FixedOptional<string>;
  settlement_date: FixedOptional<string>;
  /** Whole currency units. */
  price: Fixed<number>;
  type: FixedOptional<string>;
  address: Fixed<string>;
  street: FixedOptional<string>;
  locality: FixedOptional<string>;
  region: FixedOptional<string>;
  postcode: FixedOptional<string>;
  dealing: FixedOptional<string>;
  non_standard: FixedOptional<string>;
  details: ColumnType<Record<string, unknown> | null, string | null | undefined, never>;
  /** The format of the file that it came by; null for a sale that was entered by hand, or imported before the column existed. */
  format: FixedOptional<string>;
}

/** A sale that an analyst set aside, by the key of the sale. */
export interface SetAsideSaleTable {
  id: GeneratedAlways<number>;
  market_id: Fixed<number>;
  key: Fixed<string>;
  fingerprint: Fixed<string>;
  added_by: Fixed<number>;
  retired_by: number | null;
  reason: Fixed<string>;
}

/** A dated sentence that charts of a market show. */
export interface MarketNoteTable {
  id: GeneratedAlways<number>;
  market_id: Fixed<number>;
  key: Fixed<string>;
  fingerprint: Fixed<string>;
  added_by: Fixed<number>;
  retired_by: number | null;
  /** ISO. */
  day: Fixed<string>;
  text: Fixed<string>;
}

/** The coordinates of a locality or a postcode in a gazetteer. */
export interface GazetteerPlaceTable {
  id: GeneratedAlways<number>;
  market_id: Fixed<number>;
  key: Fixed<string>;
  fingerprint: Fixed<string>;
  added_by: Fixed<number>;
  retired_by: number | null;
  name: FixedOptional<string>;
  region: FixedOptional<string>;
  postcode: Fixed<string>;
  /** WGS 84. */
  latitude: Fixed<number>;
  longitude: Fixed<number>;
}

export type ImportState = 'received' | 'running' | 'finished' | 'failed' | 'cancelled';

export interface ImportedFile {
  name: string;
  bytes: number;
}

export interface ImportTable {
  id: Generated<string>;
  market_id: Fixed<number>;
  revision_id: number | null;
  state: Generated<ImportState>;
  stage: string | null;
  format: string | null;
  files: GeneratedJson<ImportedFile[]>;
  bytes_total: Generated<number>;
  bytes_read: Generated<number>;
  rows_read: Generated<number>;
  accepted: Generated<number>;
  duplicate: Generated<number>;
  superseding: Generated<number>;
  superseded: Generated<number>;
  deleted: Generated<number>;
  rejected: Generated<number>;
  /** Sales that a complete edition lacks. */
  retired: Generated<number>;
  /** What is possible but unlikely in the files, in sentences. */
  notes: GeneratedJson<string[]>;
  /** The same as codes with values, which the package of imports defines. */
  coded_notes: GeneratedJson<object[]>;
  error: string | null;
  author: string;
  created_at: GeneratedTimestamp;
  finished_at: Timestamp | null;
  /** The revision that the job undoes; null for an import. */
  undoes: FixedOptional<number>;
}

export interface RejectTable {
  import_id: string;
  number: number;
  file: string;
  line: number;
  content: string;
  reason: string;
  message: string;
  format: string | null;
  /** null if it is that of the previous reject. */
  header: string | null;
}

/** The scope of a token. Each includes the previous ones. */
export type Scope = 'read' | 'write' | 'admin';

export interface TokenTable {
  id: GeneratedAlways<number>;
  name: Fixed<string>;
  /** SHA-256. Services can write it, but not read it. */
  hash: Fixed<Buffer>;
  scope: Fixed<Scope>;
  created_at: ColumnType<Date, never, never>;
  expires_at: ColumnType<Date | null, Date | null, never>;
  last_used_at: ColumnType<Date | null, never, never>;
  revoked_at: Timestamp | null;
}

export interface MappingTable {
  id: Fixed<string>;
  market_id: Fixed<number>;
  columns: ColumnType<string[], string, never>;
  mapping: ColumnType<Record<string, unknown>, string, string>;
  used_at: GeneratedTimestamp;
}

/** A link that opens one report without a token. */
export interface ShareLinkTable {
  id: GeneratedAlways<number>;
  /** SHA-256 of the secret in the path of the link. */
  hash: Fixed<Buffer>;
  /** The token of its maker, with which the link ends. */
  token_id: Fixed<number>;
  author: Fixed<string>;
  report: Fixed<string>;
  parameters: ColumnType<object, string, never>;
  /** scrypt: salt and hash. */
  password: Fixed<string | null>;
  /** The sites whose pages may embed the report. */
  origins: Fixed<string[]>;
  created_at: ColumnType<Date, never, never>;
  expires_at: ColumnType<Date | null, Date | null, never>;
  revoked_at: ColumnType<Date | null, never, Date>;
  opened: ColumnType<number, never, number>;
  last_opened_at: ColumnType<Date | null, never, Date>;
}

/** The letterhead of documents. */
export interface LetterheadTable {
  /** null: of the markets that have none of their own. */
  market_id: Fixed<number | null>;
  letterhead: ColumnType<object, string, string>;
  author: string;
  changed_at: ColumnType<Date, never, Date>;
}

/** An edition of the definition of a custom report. */
export interface DefinitionTable {
  name: Fixed<string>;
  /** 1, 2, 3, … */
  edition: Fixed<number>;
  /** null: with this edition the report was deleted. */
  definition: ColumnType<object | null, string | null, never>;
  /** One line of it for people. */
  summary: Fixed<string | null>;
  author: Fixed<string>;
  created_at: ColumnType<Date, never, never>;
}

export type ReportJobState = 'received' | 'running' | 'finished' | 'failed' | 'cancelled';

/** A report that is made apart from the request for it. */
export interface ReportJobTable {
  id: GeneratedAlways<string>;
  /** SHA-256 of what makes reports equal; null when no other request may share the job. */
  key: Buffer | null;
  report: Fixed<string>;
  form: Fixed<string>;
  /** Complete: with the market, its version, and every default. */
  parameters: ColumnType<object, string, never>;
  /** Of the addresses in the report. */
  origin: Fixed<string>;
  /** Those who wait for it. */
  callers: string[];
  state: Generated<ReportJobState>;
  /** Of the work, while it is running. */
  stage: string | null;
  stored_bytes: Generated<number>;
  attempts: Generated<number>;
  due_at: GeneratedTimestamp;
  leased_until: Timestamp | null;
  /** Of its failure, or of the last attempt's. */
  reason: string | null;
  /** Of the result. */
  file_name: string | null;
  created_at: ColumnType<Date, never, never>;
  started_at: Timestamp | null;
  ended_at: Timestamp | null;
  /** When the result is removed. */
  expires_at: Timestamp | null;
  /** The schedule that it is a run of. */
  schedule_id: FixedOptional<number>;
  /** When the run was due. */
  run_at: ColumnType<Date | null, Date | null | undefined, never>;
}

/** A report that is made regularly, or when its market has new data. */
export interface ReportScheduleTable {
  id: GeneratedAlways<number>;
  /** Of its maker, with which it ends. */
  token_id: Fixed<number>;
  author: Fixed<string>;
  title: Fixed<string>;
  report: Fixed<string>;
  form: Fixed<string>;
  parameters: ColumnType<object, string, never>;
  /** Of the addresses in the report and in e-mails. */
  origin: Fixed<string>;
  market_id: Fixed<number>;
  rhythm: ColumnType<object, string, never>;
  target: Fixed<'email' | 's3'>;
  /** Its next run; null: when the market has a later version than the last run. */
  due_at: Timestamp | null;
  /** Of the market, at the last run. */
  seen_version: number;
  /** When the last run was due. */
  ran_at: Timestamp | null;
  paused_at: Timestamp | null;
  created_at: ColumnType<Date, never, never>;
  deleted_at: Timestamp | null;
}

/** Who gets e-mail of a schedule. */
export interface ReportRecipientTable {
  schedule_id: Fixed<number>;
  /** A maker gets the reasons of failures only. */
  role: Fixed<'reader' | 'maker'>;
  address: Fixed<string>;
  /** Of the page on which they confirm and unsubscribe. */
  secret: Fixed<string>;
  asked_at: Timestamp | null;
  /** When they are asked at the earliest. */
  ask_after: GeneratedTimestamp;
  confirmed_at: Timestamp | null;
  unsubscribed_at: Timestamp | null;
}

/** The e-mails of a run that were sent. */
export interface ReportDeliveryTable {
  job_id: Fixed<string>;
  address: Fixed<string>;
  sent_at: ColumnType<Date, never, never>;
}

export type MarketRow = Selectable<MarketTable>;
export type RevisionRow = Selectable<RevisionTable>;
export type SaleRow = Selectable<SaleTable>;
export type NewSale = Insertable<SaleTable>;
export type ImportRow = Selectable<ImportTable>;
export type RejectRow = Selectable<RejectTable>;
export type TokenRow = Selectable<TokenTable>;
export type MappingRow = Selectable<MappingTable>;
export type DefinitionRow = Selectable<DefinitionTable>;
export type LetterheadRow = Selectable<LetterheadTable>;
export type ShareLinkRow = Selectable<ShareLinkTable>;
export type ReportJobRow = Selectable<ReportJobTable>;
export type ReportScheduleRow = Selectable<ReportScheduleTable>;
export type ReportRecipientRow = Selectable<ReportRecipientTable>;
