/** Schedules and their recipients, in the database. */
import { randomBytes } from 'node:crypto';
import { Conflict, type Database, type ReportRecipientRow, type ReportScheduleRow } from '@property-insights/database';
import { type Selectable, sql, type Transaction } from 'kysely';
import { lastRun, nextRun, type Rhythm } from '../rhythm.ts';
import type { ReportJob } from './jobs.ts';
import { lockAdding } from './lock-adding.ts';

export type Schedule = Omit<ReportScheduleRow, 'rhythm'> & { rhythm: Rhythm };
export type Recipient = ReportRecipientRow;
type Schema = Database['kysely'] extends {
  transaction(): { execute(work: (t: Transaction<infer S>) => unknown): unknown };
}
  ? S
  : never;

/** Schedules of one token. */
const maxSchedules = 100;
/** Runs that are added at a time. */
const maxDue = 20;
/** Hours between two runs for new data, between two requests to one address to confirm, and until a request that failed is repeated. */
const newDataHours = 1;
const askingHours = 24;
const askAgainHours = 1;

export interface NewSchedule {
  tokenId: number;
  author: string;
  title: string;
  report: string;
  form: string;
  parameters: object;
  origin: string;
  marketId: number;
  version: number;
  rhythm: Rhythm;
  target: 'email' | 's3';
  recipients: Pick<Recipient, 'role' | 'address'>[];
  /** The domains whose addresses need not confirm. */
  domains: readonly string[];
}

/** @throws Conflict if the token has too many */
export async function addSchedule({ kysely }: Database, schedule: NewSchedule): Promise<Schedule> {
  const { tokenId, author, title, report, form, parameters, origin, marketId, version, rhythm, target } = schedule;
  return kysely.transaction().execute(async (transaction) => {
    await lockAdding('schedule').execute(transaction);
    const { count } = await transaction
      .selectFrom('reporting.schedule')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('token_id', '=', tokenId)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (count >= maxSchedules) {
      throw new Conflict(`This token has ${maxSchedules} schedules, which is the maximum; delete one.`);
    }
    const added = await transaction
      .insertInto('reporting.schedule')
      .values({
        token_id: tokenId,
        author,
        title,
        report,
        form,
        parameters: JSON.stringify(parameters),
        origin,
        market_id: marketId,
        seen_version: version,
        rhythm: JSON.stringify(rhythm),
        target,
        due_at: nextRun(rhythm, new Date()),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    for (const { role, address } of schedule.recipients) {
      const isAllowed = schedule.domains.includes(address.split('@')[1] ?? '');
      // An address that confirmed a schedule of the same maker need not confirm again.
      const confirmed = await transaction
        .selectFrom('reporting.recipient as recipient')
        .innerJoin('reporting.schedule as schedule', 'schedule.id', 'recipient.schedule_id')
        .select('recipient.address')
        .where('schedule.token_id', '=', tokenId)
        .where('recipient.address', '=', address)
        .where('recipient.confirmed_at', 'is not', null)
        .where('recipient.unsubscribed_at', 'is', null)
        .executeTakeFirst();
      await transaction
        .insertInto('reporting.recipient')
        .values({
          schedule_id: added.id,
          role,
          address,
          secret: randomBytes(24).toString('base64url'),
          confirmed_at: isAllowed || confirmed ? new Date() : null,
        })
        .execute();
    }
    return added as Schedule;
  });
}

/** One page of the schedules of a token, or of all, the last first, that follow the schedule `after`. */
export async function listSchedules(
  { kysely }: Database,
  tokenId: number | undefined,
  after: number | undefined,
  limit: number,
): Promise<Schedule[]> {
  const rows = await kysely
    .selectFrom('reporting.schedule')
    .selectAll()
    .where('deleted_at', 'is', null)
    .$if(tokenId !== undefined, (query) => query.where('token_id', '=', tokenId as number))
    .$if(after !== undefined, (query) => query.where('id', '<', after as number))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows as Schedule[];
}

/** @param tokenId undefined: of any token */
export async function findSchedule(
  { kysely }: Database,
  id: number,
  tokenId: number | undefined,
): Promise<(Schedule & { is_valid: boolean }) | undefined> {
  const found = await kysely
    .selectFrom('reporting.schedule')
    .selectAll()
    .select(sql<boolean>`deleted_at IS NULL AND reporting.is_valid_token(token_id)`.as('is_valid'))
    .where('id', '=', id)
    .$if(tokenId !== undefined, (query) => query.where('token_id', '=', tokenId as number))
    .executeTakeFirst();
  return found as (Schedule & { is_valid: boolean }) | undefined;
}

export function recipientsOf({ kysely }: Database, scheduleId: number): Promise<Recipient[]> {
  return kysely
    .selectFrom('reporting.recipient')
    .selectAll()
    .where('schedule_id', '=', scheduleId)
    .orderBy('role')
    .orderBy('address')
    .execute();
}

/** A run of a schedule, and to how many its report was sent. */
export type Run = Pick<ReportJob, 'id' | 'state' | 'attempts' | 'reason' | 'file_name' | 'ended_at'> & {
  schedule_id: number;
  run_at: Date;
  sent: number;
};

function runs({ kysely }: Database) {
  return kysely
    .selectFrom('reporting.job')
    .select(['id', 'schedule_id', 'run_at', 'state', 'attempts', 'reason', 'file_name', 'ended_at'])
    .select(({ selectFrom, fn }) =>
      selectFrom('reporting.delivery')
        .select(fn.countAll<number>().as('sent'))
        .whereRef('reporting.delivery.job_id', '=', 'reporting.job.id')
        .as('sent'),
    )
    .$narrowType<{ schedule_id: number; run_at: Date; sent: number }>();
}

/** The runs of a schedule, the last first. */
export function runsOf(database: Database, scheduleId: number): Promise<Run[]> {
  return runs(database).where('schedule_id', '=', scheduleId).orderBy('run_at', 'desc').limit(100).execute();
}

/** The last run of each schedule that has one. */
export async function lastRunsOf(database: Database, scheduleIds: number[]): Promise<Map<number, Run>> {
  const last = await runs(database)
    .distinctOn('schedule_id')
    .where('schedule_id', '=', sql<number>`ANY(${scheduleIds})`)
    .orderBy('schedule_id')
    .orderBy('run_at', 'desc')
    .execute();
  return new Map(last.map((run) => [run.schedule_id, run]));
}

/** Pauses a schedule. */
export async function pauseSchedule({ kysely }: Database, { id }: Schedule): Promise<void> {
  await kysely
    .updateTable('reporting.schedule')
    .set({ paused_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('paused_at', 'is', null)
    .execute();
}

/** Resumes a schedule that is paused. Runs that it missed meanwhile are left out. */
export async function resumeSchedule({ kysely }: Database, { id, rhythm }: Schedule): Promise<void> {
  await kysely
    .updateTable('reporting.schedule')
    .set(({ selectFrom }) => ({
      paused_at: null,
      due_at: nextRun(rhythm, new Date()),
      seen_version: selectFrom('market_version')
        .select('version')
        .whereRef('market_version.market_id', '=', 'reporting.schedule.market_id'),
    }))
    .where('id', '=', id)
    .where('paused_at', 'is not', null)
    .execute();
}

export async function deleteSchedule({ kysely }: Database, id: number): Promise<void> {
  await kysely.updateTable('reporting.schedule').set({ deleted_at: sql<Date>`now()` }).where('id', '=', id).execute();
}

/**
 * Adds the runs that are due as jobs. Of several tasks that call this at the same time, each run is added by one. Of runs that were missed, the last is
 * caught up with.
 * @returns how many were added
 */
export async function addDueRuns({ kysely }: Database, now = new Date()): Promise<number> {
  return kysely.transaction().execute(async (transaction) => {
    const due = await sql<Schedule & { version: number }>`
      SELECT schedule.*, market_version.version
      FROM reporting.schedule
      JOIN market_version USING (market_id)
      WHERE paused_at IS NULL AND deleted_at IS NULL
        AND (due_at <= ${now} OR (due_at IS NULL AND version > seen_version
          AND (ran_at IS NULL OR ran_at <= ${now}::timestamptz - make_interval(hours => ${newDataHours}))))
        AND reporting.is_valid_token(token_id)
      ORDER BY due_at
      LIMIT ${maxDue}
      FOR UPDATE OF schedule SKIP LOCKED`.execute(transaction);
    for (const schedule of due.rows) await addRun(transaction, schedule, now);
    return due.rows.length;
  });
}

async function addRun(
  transaction: Transaction<Schema>,
  schedule: Schedule & { version: number },
  now: Date,
): Promise<void> {
  const { id, report, form, parameters, origin, rhythm, version } = schedule;
  const runAt = lastRun(rhythm, now) ?? now;
  await transaction
    .insertInto('reporting.job')
    .values({
      report,
      form,
      parameters: JSON.stringify(parameters),
      origin,
      callers: [`schedule ${id}`],
      schedule_id: id,
      run_at: runAt,
    })
    .onConflict((conflict) => conflict.columns(['schedule_id', 'run_at']).doNothing())
    .execute();
  await transaction
    .updateTable('reporting.schedule')
    .set({ due_at: nextRun(rhythm, now), seen_version: version, ran_at: runAt })
    .where('id', '=', id)
    .execute();
}

/** Those who get the report of a run and have not got it yet. */
export function unsentOf({ kysely }: Database, job: Pick<ReportJob, 'id' | 'schedule_id'>): Promise<Recipient[]> {
  return kysely
    .selectFrom('reporting.recipient')
    .selectAll()
    .where('schedule_id', '=', job.schedule_id as number)
    .where('role', '=', 'reader')
    .where('confirmed_at', 'is not', null)
    .where('unsubscribed_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('reporting.delivery')
            .select('address')
            .where('job_id', '=', job.id)
            .whereRef('reporting.delivery.address', '=', 'reporting.recipient.address'),
        ),
      ),
    )
    .orderBy('address')
    .execute();
}

export async function recordDelivery({ kysely }: Database, jobId: string, address: string): Promise<void> {
  await kysely
    .insertInto('reporting.delivery')
    .values({ job_id: jobId, address })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * A recipient of a valid schedule who is asked to confirm now, and by no other task. Nobody is asked twice in a day, whatever schedules have their address.
 */
export async function takeUnasked({
  kysely,
}: Database): Promise<(Recipient & Pick<Schedule, 'title' | 'origin' | 'author'>) | undefined> {
  const { rows } = await sql<Recipient & Pick<Schedule, 'title' | 'origin' | 'author'>>`
    UPDATE reporting.recipient SET asked_at = now()
    FROM reporting.schedule
    WHERE schedule.id = recipient.schedule_id AND (schedule_id, role, address) = (
      SELECT schedule_id, role, address FROM reporting.recipient AS unasked
      JOIN reporting.schedule AS own ON own.id = schedule_id
      WHERE asked_at IS NULL AND confirmed_at IS NULL AND unsubscribed_at IS NULL AND ask_after <= now()
        AND own.deleted_at IS NULL AND reporting.is_valid_token(own.token_id)
        AND NOT EXISTS (
          SELECT FROM reporting.recipient AS asked
          WHERE asked.address = unasked.address AND asked.asked_at > now() - make_interval(hours => ${askingHours}))
      ORDER BY ask_after
      LIMIT 1 FOR UPDATE OF unasked SKIP LOCKED)
    RETURNING recipient.*, title, origin, author`.execute(kysely);
  return rows[0];
}

/** Asks a recipient who could not be asked an hour later. */
export async function askLater({ kysely }: Database, { secret }: Pick<Recipient, 'secret'>): Promise<void> {
  await kysely
    .updateTable('reporting.recipient')
    .set({ asked_at: null, ask_after: sql<Date>`now() + make_interval(hours => ${askAgainHours})` })
    .where('secret', '=', secret)
    .execute();
}

export type Subscription = Selectable<Recipient> & Pick<Schedule, 'title' | 'author'>;

export async function findSubscription({ kysely }: Database, secret: string): Promise<Subscription | undefined> {
  return kysely
    .selectFrom('reporting.recipient as recipient')
    .innerJoin('reporting.schedule as schedule', 'schedule.id', 'recipient.schedule_id')
    .selectAll('recipient')
    .select(['schedule.title', 'schedule.author'])
    .where('recipient.secret', '=', secret)
    .where('schedule.deleted_at', 'is', null)
    .executeTakeFirst() as Promise<Subscription | undefined>;
}

export async function subscribe({ kysely }: Database, secret: string): Promise<void> {
  await kysely
    .updateTable('reporting.recipient')
    .set({ confirmed_at: sql<Date>`coalesce(confirmed_at, now())`, unsubscribed_at: null })
    .where('secret', '=', secret)
    .execute();
}

export async function unsubscribe({ kysely }: Database, secret: string): Promise<void> {
  await kysely
    .updateTable('reporting.recipient')
    .set({ unsubscribed_at: sql<Date>`coalesce(unsubscribed_at, now())` })
    .where('secret', '=', secret)
    .execute();
}
