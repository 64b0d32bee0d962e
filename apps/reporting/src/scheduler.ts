/** What schedules need besides the jobs that run them: each task adds the runs that are due, and asks new recipients to confirm. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@property-insights/database';
import type { Logger } from 'pino';
import type { ReportJob } from './data/jobs.ts';
import { addDueRuns, askLater, findSchedule, recipientsOf, takeUnasked } from './data/schedules.ts';
import { subscriptionAddress } from './delivery.ts';
import type { Mail } from './mail.ts';

export interface SchedulerOptions {
  database: Database;
  log: Logger;
  mail: Mail | undefined;
  /** Called when runs were added. */
  onRuns: () => void;
  /** Milliseconds between two checks. */
  interval?: number | undefined;
}

/** Recipients that are asked between two checks for runs, so that a sender that is slow to refuse does not delay runs. */
const maxAsked = 20;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { database, log, onRuns, interval = 10_000 } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if ((await addDueRuns(database)) > 0) onRuns();
        await this.#ask();
      } catch (error) {
        log.warn({ err: error }, 'the schedules cannot be read');
      }
      await delay(interval, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #ask(): Promise<void> {
    const { database, log, mail } = this.#options;
    for (let asked = 0; mail && asked < maxAsked && !this.#stop.signal.aborted; asked++) {
      const recipient = await takeUnasked(database);
      if (!recipient) return;
      const { address, title, author, role, origin, secret } = recipient;
      const unsubscribe = subscriptionAddress(origin, secret);
      const what = role === 'reader' ? `the report "${title}"` : `the reasons if the report "${title}" fails`;
      try {
        await mail.send({
          to: address,
          subject: `Confirm: ${title}`,
          text: `${author} wants to send you ${what} by e-mail.\n\nConfirm, or refuse, on this page:\n${unsubscribe}\n\nWithout your confirmation, you get no further e-mail.\n`,
          id: `confirm-${recipient.schedule_id}-${secret.slice(0, 8)}`,
          date: new Date(),
          unsubscribe,
        });
      } catch (error) {
        log.warn({ err: error }, 'a recipient could not be asked to confirm');
        await askLater(database, recipient);
      }
    }
  }
}

/** Reports to the maker of a schedule, unless it was deleted, why a run has failed. */
export async function reportFailure(
  job: Pick<ReportJob, 'id' | 'schedule_id' | 'run_at'>,
  reason: string,
  { database, mail }: { database: Database; mail: Mail | undefined },
): Promise<void> {
  if (job.schedule_id === null || !mail) return;
  const schedule = await findSchedule(database, job.schedule_id, undefined);
  if (!schedule || schedule.deleted_at) return;
  const makers = (await recipientsOf(database, schedule.id)).filter(
    ({ role, confirmed_at, unsubscribed_at }) => role === 'maker' && confirmed_at && !unsubscribed_at,
  );
  for (const { address, secret } of makers) {
    const unsubscribe = subscriptionAddress(schedule.origin, secret);
    await mail.send({
      to: address,
      subject: `Failed: ${schedule.title}`,
      text: `The report "${schedule.title}" of ${job.run_at?.toISOString()} was not sent: ${reason}\n\nIts runs: ${schedule.origin}/reporting/schedules/${schedule.id}/runs\n\nUnsubscribe: ${unsubscribe}\n`,
      id: `failed-${job.id}`,
      date: new Date(),
      unsubscribe,
    });
  }
}
