/** The work on a job: makes its report, and stores it. */
import { OverBudget } from '@property-insights/analytics';
import { questionErrors } from '@property-insights/question-routes';
import { problemOf } from '@property-insights/service';
import type { ReportJob } from './data/jobs.ts';
import { reportErrors } from './errors.ts';
import { type Extension, forms } from './forms.ts';
import type { Failure, Progress } from './job-runner.ts';
import { contentOf, fileName, makeReport, type ReportParts } from './make-report.ts';
import { reportNamed } from './named-report.ts';
import { type ReportStorage, ReportTooLarge } from './storage.ts';

/** The key of the result of a job in the bucket. */
export function resultKey({ id }: Pick<ReportJob, 'id'>): string {
  return `jobs/${id}`;
}

/** @returns the name of the file */
export async function makeAndStore(
  { report: name, parameters, form, origin, id }: ReportJob,
  parts: ReportParts & { storage: ReportStorage },
  signal: AbortSignal,
  progress: Progress,
): Promise<string> {
  const extension = form as Extension;
  const replica = await parts.replica;
  // Of all jobs of this task together, so that the questions of those who wait are answered first.
  const budget = replica.budgets.of('jobs');
  const { report, query } = await reportNamed(parts.database, name, parameters);
  const found = await makeReport({ report, query, extension, origin, budget, signal }, parts);
  const content = await contentOf(found, { replica, budget, signal });
  const stored = fileName(report, found, extension);
  progress.stage = 'storage';
  await parts.storage.write(
    resultKey({ id }),
    content,
    { contentType: forms[extension].contentType, fileName: stored },
    { signal, onBytes: (bytes) => (progress.storedBytes = bytes) },
  );
  return stored;
}

/** Seconds until the next attempt where an error does not state them. */
const retryAfter = 5;

/** A client cannot see the log, so an unexpected error gets the sentence of an internal one. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ReportTooLarge) return { reason: error.message };
  const { status, message, headers } = problemOf(error, [questionErrors, reportErrors]);
  if (status < 500 && status !== 429) return { reason: message };
  const seconds = Number(headers['retry-after'] ?? retryAfter);
  return { reason: message, retryAfter: seconds, isPostponed: error instanceof OverBudget };
}
