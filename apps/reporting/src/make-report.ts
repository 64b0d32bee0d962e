/** Makes reports: for the request that waits for one, and for jobs. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Budget, citedParameters, Replica } from '@property-insights/analytics';
import { type Database, listNotes } from '@property-insights/database';
import { type Ask, createDocument, type Renderer, type Report } from '@property-insights/reports';
import type { Static, TObject } from 'typebox';
import manifest from '../package.json' with { type: 'json' };
import { letterheadOf } from './data/letterheads.ts';
import type { FinishedReport, FinishedReports } from './finished-reports.ts';
import { bytesOf, type Extension } from './forms.ts';
import { type LongOptions, longTablesOf, withAllRows } from './long-tables.ts';
import type { formParameters } from './report-parameters.ts';

export interface ReportParts {
  database: Database;
  replica: Promise<Replica>;
  renderer: Renderer;
  finished: FinishedReports;
}

/** The parameters of a report, validated. */
export type ReportQuery = { market?: string } & Static<TObject<typeof citedParameters & typeof formParameters>>;

export interface ReportOrder {
  report: Report;
  query: ReportQuery;
  extension: Extension;
  /** Of the addresses in the report, such as `https://insights.example.com`. */
  origin: string;
  /** Whether nothing returns the report later. */
  isPreview?: boolean;
  /** The address of its picture, which its HTML names. */
  picture?: string | undefined;
  /** Of the caller. */
  budget: Budget;
  /** Aborts when the caller no longer waits. */
  signal: AbortSignal;
}

/**
 * A report in one form. The same report of the same version, made by the same release, has the same bytes, of which the strong ETag is a digest.
 * @throws Overloaded, and what questions and the renderer throw
 */
export async function makeReport(
  { report, query, extension, origin, isPreview = false, picture, budget, signal }: ReportOrder,
  { database, replica, renderer, finished }: ReportParts,
): Promise<FinishedReport> {
  const { as_of: asOf, cited: digest, table, paper = 'a4', ...parameters } = query;
  const address = isPreview ? null : `${origin}/reporting/${report.name}`;
  const opened = await replica;
  const at = await opened.describe(parameters.market, asOf, budget);
  const { market, reached } = at;
  const { letterhead = null } = (await letterheadOf(database, market.id)) ?? {};
  const key = JSON.stringify([
    market.id,
    reached,
    address,
    extension,
    table,
    paper,
    digest,
    parameters,
    letterhead,
    picture,
  ]);
  const make = async (signal: AbortSignal, budget: Budget): Promise<FinishedReport> => {
    const document = await createDocument({
      report,
      parameters,
      address,
      letterhead,
      picture,
      cited: digest,
      notes: () => listNotes(database, market.id, reached.version),
      ...at,
      ask: asker(opened, origin, at, { budget, signal }),
    });
    const longTables = extension === 'xlsx' ? longTablesOf(document) : [];
    const bytes = await opened.spend(budget, () => bytesOf(document, extension, { table, paper }, renderer));
    const hash = createHash('sha256').update(manifest.version).update(bytes).digest('base64url').slice(0, 22);
    const etag = `"${reached.version}-${hash}"`;
    return {
      version: reached.version,
      marketCode: market.code,
      etag,
      address: document.citation?.address,
      bytes,
      longTables,
    };
  };
  return isPreview ? finished.inTurn(make, signal, budget) : finished.get(key, make, signal, budget);
}

/** The bytes of a report; with tables that are longer than a document, as a stream. @throws what `Replica.sheet` throws */
export async function contentOf(
  { marketCode, version, longTables, bytes }: FinishedReport,
  options: Pick<LongOptions, 'replica' | 'budget' | 'signal'>,
): Promise<Buffer | Readable> {
  return longTables.length === 0 ? bytes : withAllRows(bytes, longTables, { ...options, marketCode, version });
}

/** The name that a report has as a file, such as `market-report-nsw-12.pdf`. */
export function fileName(
  { name }: Pick<Report, 'name'>,
  { marketCode, version }: Pick<FinishedReport, 'marketCode' | 'version'>,
  extension: Extension,
): string {
  return `${name.replaceAll('/', '-')}-${marketCode}-${version}.${extension}`;
}

/** Asks about one version of a market, so that all numbers of a report are of the same sales. */
function asker(
  replica: Replica,
  origin: string,
  { market, reached }: Awaited<ReturnType<Replica['describe']>>,
  { budget, signal }: Pick<ReportOrder, 'budget' | 'signal'>,
): Ask {
  return async (question, parameters) => {
    const answer = await replica.answer(
      question,
      { ...parameters, market: market.code },
      {
        address: `${origin}/api/analytics/${question.name}`,
        asOf: reached.version,
        budget: () => budget,
        caller: () => signal,
      },
    );
    return JSON.parse(answer.body.toString());
  };
}
