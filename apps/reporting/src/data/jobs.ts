/** The jobs that make reports, in the database: the only thing that tasks share. */
import { createHash } from 'node:crypto';
import { Busy, Conflict, type Database, type ReportJobRow } from '@property-insights/database';
import { sql } from 'kysely';
import { resultDays } from '../storage.ts';
import { lockAdding } from './lock-adding.ts';

export type ReportJob = ReportJobRow;

/** Jobs of one caller, and of all callers, that have not ended. */
const maxOfCaller = 10;
const maxOfAll = 500;
/** Times that a job is begun, until it fails. */
export const maxAttempts = 5;
/** Days for which an ended job is listed. */
const keptDays = 30;

export interface NewJob {
  report: string;
  form: string;
  /** Canonical, with the market and its version. */
  parameters: object;
  origin: string;
  /** What else its bytes depend on: the letterhead and the release. */
  dependsOn: unknown;
  caller: string;
}

/**
 * Adds a job, or joins the caller to the one that makes, or has made, the same report.
 * @throws Conflict if the caller has too many, Busy if all callers together do
 */
export async function addJob({ kysely }: Database, job: NewJob): Promise<ReportJob> {
  const { report, form, parameters, origin, dependsOn, caller } = job;
  const content = JSON.stringify([report, form, parameters, origin, dependsOn]);
  const key = createHash('sha256').update(content).digest();
  return kysely.transaction().execute(async (transaction) => {
    await lockAdding('job').execute(transaction);
    await transaction
      .updateTable('reporting.job')
      .set({ key: null })
      .where('expires_at', '<=', sql<Date>`now()`)
      .where('key', 'is not', null)
      .execute();
    const joined = await transaction
      .updateTable('reporting.job')
      .set({
        callers: sql<
          string[]
        >`CASE WHEN ended_at IS NULL AND NOT ${caller} = ANY (callers) THEN callers || ${caller}::text ELSE callers END`,
      })
      .where('key', '=', key)
      .returningAll()
      .executeTakeFirst();
    if (joined) return joined;
    const { all, own } = await transaction
      .selectFrom('reporting.job')
      .select((eb) => [
        eb.fn.countAll<number>().as('all'),
        sql<number>`count(*) FILTER (WHERE ${caller} = ANY (callers))`.as('own'),
      ])
      .where('state', 'in', ['received', 'running'])
      .executeTakeFirstOrThrow();
    if (own >= maxOfCaller) {
      throw new Conflict(`You have ${maxOfCaller} jobs that have not ended, which is the maximum; wait or cancel one.`);
    }
    if (all >= maxOfAll) throw new Busy('Too many reports are waiting. Try again later.', 60);
    return transaction
      .insertInto('reporting.job')
      .values({ key, report, form, parameters: JSON.stringify(parameters), origin, callers: [caller] })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}

export function findJob({ kysely }: Database, id: string): Promise<ReportJob | undefined> {
  return kysely.selectFrom('reporting.job').selectAll().where('id', '=', id).executeTakeFirst();
}

/** One page of the jobs of a caller, or of all, the last first, that follow the job `after`. */
export function listJobs(
  { kysely }: Database,
  caller: string | undefined,
  after: string | undefined,
  limit: number,
): Promise<ReportJob[]> {
  return kysely
    .selectFrom('reporting.job')
    .selectAll()
    .$if(caller !== undefined, (query) => query.where(sql<boolean>`${caller} = ANY (callers)`))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(created_at, id) < (SELECT created_at, id FROM reporting.job WHERE id = ${after}::uuid)`,
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/**
 * Withdraws a caller from a job, which ends with its last caller.
 * @param caller undefined: an administrator, who ends it for all
 * @returns false if it is not one of the job's callers, or the job has ended
 */
export async function cancelJob({ kysely }: Database, id: string, caller: string | undefined): Promise<boolean> {
  const left =
    caller === undefined ? sql<string[]>`'{}'::text[]` : sql<string[]>`array_remove(callers, ${caller}::text)`;
  const isLast = sql`cardinality(${left}) = 0`;
  const cancelled = await kysely
    .updateTable('reporting.job')
    .set({
      // A job that has ended is still on the lists of those who waited for it.
      callers: sql<string[]>`CASE WHEN ${isLast} THEN callers ELSE ${left} END`,
      state: sql<'cancelled'>`CASE WHEN ${isLast} THEN 'cancelled' ELSE state END`,
      key: sql<Buffer>`CASE WHEN ${isLast} THEN NULL ELSE key END`,
      ended_at: sql<Date>`CASE WHEN ${isLast} THEN now() END`,
    })
    .where('id', '=', id)
    .where('state', 'in', ['received', 'running'])
    .$if(caller !== undefined, (query) => query.where(sql<boolean>`${caller} = ANY (callers)`))
    .returning('id')
    .executeTakeFirst();
  return cancelled !== undefined;
}

/**
 * Takes the next job, for as long as the lease lasts: one that is due, or whose task has not extended its lease. Callers with fewer running jobs come first.
 * A job that was begun too often fails instead, since something about it may end tasks.
 * @param lease seconds
 */
export async function takeJob(database: Database, lease: number): Promise<ReportJob | undefined> {
  const { rows } = await sql<ReportJob>`
    UPDATE reporting.job SET
      state = CASE WHEN attempts < ${maxAttempts} THEN 'running' ELSE 'failed' END,
      reason = CASE WHEN attempts < ${maxAttempts} THEN reason ELSE coalesce(reason, 'The tasks that made this report ended before it was finished.') END,
      key = CASE WHEN attempts < ${maxAttempts} THEN key END,
      ended_at = CASE WHEN attempts < ${maxAttempts} THEN NULL ELSE now() END,
      attempts = attempts + 1,
      started_at = coalesce(started_at, now()),
      leased_until = now() + make_interval(secs => ${lease}),
      stage = NULL,
      stored_bytes = 0
    WHERE id = (
      SELECT id FROM reporting.job AS next
      WHERE (state = 'received' AND due_at <= now()) OR (state = 'running' AND leased_until < now())
      ORDER BY (SELECT count(*) FROM reporting.job AS other WHERE other.state = 'running' AND other.callers && next.callers), due_at
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    )
    RETURNING *`.execute(database.kysely);
  return rows[0];
}

/** A job as its task began it. If another task has taken it since, or it was cancelled, the functions below change nothing. */
export type Held = Pick<ReportJob, 'id' | 'attempts'>;

function held({ kysely }: Database, { id, attempts }: Held) {
  return kysely
    .updateTable('reporting.job')
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .where('state', '=', 'running');
}

/** Extends the lease, and records the progress. @returns false if the task must stop */
export async function holdJob(
  database: Database,
  job: Held,
  lease: number,
  progress: { stage: string; storedBytes: number },
): Promise<boolean> {
  const extended = await held(database, job)
    .set({
      leased_until: sql<Date>`now() + make_interval(secs => ${lease})`,
      stage: progress.stage,
      stored_bytes: progress.storedBytes,
    })
    .returning('id')
    .executeTakeFirst();
  return extended !== undefined;
}

/** @returns false if the job is no longer the task's */
export async function finishJob(
  database: Database,
  job: Held,
  fileName: string,
  storedBytes: number,
): Promise<boolean> {
  const finished = await held(database, job)
    .set({
      state: 'finished',
      stage: null,
      reason: null,
      file_name: fileName,
      stored_bytes: storedBytes,
      ended_at: sql<Date>`now()`,
      expires_at: sql<Date>`now() + make_interval(days => ${resultDays})`,
    })
    .returning('id')
    .executeTakeFirst();
  return finished !== undefined;
}

/** @returns false if the job is no longer the task's */
export async function failJob(database: Database, job: Held, reason: string): Promise<boolean> {
  const failed = await held(database, job)
    .set({ state: 'failed', key: null, reason, ended_at: sql<Date>`now()` })
    .returning('id')
    .executeTakeFirst();
  return failed !== undefined;
}

/**
 * Makes a job due again.
 * @param seconds until then
 * @param counts whether the attempt counts; not if the work was only postponed
 */
export async function returnJob(
  database: Database,
  job: Held,
  { seconds, reason, counts }: { seconds: number; reason: string | null; counts: boolean },
): Promise<void> {
  await held(database, job)
    .set({
      state: 'received',
      reason,
      attempts: counts ? job.attempts : job.attempts - 1,
      due_at: sql<Date>`now() + make_interval(secs => ${seconds})`,
    })
    .execute();
}

/** Removes jobs that ended long ago. */
export async function removeOldJobs({ kysely }: Database): Promise<void> {
  await kysely
    .deleteFrom('reporting.job')
    .where('ended_at', '<', sql<Date>`now() - make_interval(days => ${keptDays})`)
    .execute();
}

/** Seconds for which the job that is due longest has been waiting. */
export async function secondsWaiting({ kysely }: Database): Promise<number> {
  const { seconds } = await kysely
    .selectFrom('reporting.job')
    .select(sql<number>`coalesce(max(extract(epoch FROM now() - due_at)), 0)::double precision`.as('seconds'))
    .where('state', '=', 'received')
    .where('due_at', '<=', sql<Date>`now()`)
    .executeTakeFirstOrThrow();
  return seconds;
}
