/** The work on a job: makes its report, and stores or sends it. */
import { OverBudget } from '@property-insights/analytics';
import { questionErrors } from '@property-insights/question-routes';
import { problemOf } from '@property-insights/service';
import type { ReportJob } from './data/jobs.ts';
import { type DeliveryParts, deliver, type MadeReport, NotSent, scheduleOf } from './delivery.ts';
import { reportErrors } from './errors.ts';
import { type Extension, forms } from './forms.ts';
import type { Failure, Progress } from './job-runner.ts';
import { contentOf, fileName, makeReport, type ReportParts } from './make-report.ts';
import { reportNamed } from './named-report.ts';
import { NotStored, ReportTooLarge } from './storage.ts';

/** The key of the result of a job in the bucket. */
export function resultKey({ id }: Pick<ReportJob, 'id'>): string {
  return `jobs/${id}`;
}

/** @returns the name of the file */
export async function workOn(
  job: ReportJob,
  parts: ReportParts & DeliveryParts,
  signal: AbortSignal,
  progress: Progress,
): Promise<string> {
  const schedule = job.schedule_id === null ? undefined : await scheduleOf(job, parts.database);
  const made = await make(job, parts, signal);
  progress.stage = 'storage';
  if (schedule) await deliver(job, schedule, made, parts, signal);
  else {
    const onBytes = (bytes: number) => {
      progress.storedBytes = bytes;
    };
    await parts.storage.write(resultKey(job), made.content, made, { signal, onBytes });
  }
  return made.fileName;
}

async function make(
  { report: name, parameters, form, origin }: ReportJob,
  parts: ReportParts,
  signal: AbortSignal,
): Promise<MadeReport> {
  const extension = form as Extension;
  const replica = await parts.replica;
  // Of all jobs of this task together, so that the questions of those who wait are answered first.
  const budget = replica.budgets.of('jobs');
  const { report, query } = await reportNamed(parts.database, name, parameters);
  const found = await makeReport({ report, query, extension, origin, budget, signal }, parts);
  const content = await contentOf(found, { replica, budget, signal });
  const { contentType } = forms[extension];
  return { content, contentType, fileName: fileName(report, found, extension), address: found.address };
}

/** Seconds until the next attempt where an error does not state them. */
const retryAfter = 5;

/** A client cannot see the log, so an unexpected error gets the sentence of an internal one. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ReportTooLarge) return { reason: error.message };
  if (error instanceof NotStored || error instanceof NotSent) return { reason: error.message, retryAfter };
  const { status, message, headers } = problemOf(error, [questionErrors, reportErrors]);
  if ((status < 500 && status !== 429) || status === 501) return { reason: message };
  const seconds = Number(headers['retry-after'] ?? retryAfter);
  return { reason: message, retryAfter: seconds, isPostponed: error instanceof OverBudget };
}
