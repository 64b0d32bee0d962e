/** The work on a run of a schedule: its report is made, and written to S3 or sent. */

import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Database } from '@property-insights/database';
import { problems } from '@property-insights/service';
import type { ReportJob } from './data/jobs.ts';
import { findSchedule, recordDelivery, type Schedule, unsentOf } from './data/schedules.ts';
import { type Mail, type Message, maxAttachment } from './mail.ts';
import type { ReportStorage, StoredReport } from './storage.ts';

export interface MadeReport extends StoredReport {
  content: Buffer | Readable;
  /** The address to cite it by. */
  address: string | undefined;
}

/** SES refused e-mails or could not be reached. A later attempt may succeed. */
export class NotSent extends Error {
  constructor([first, ...others]: string[], cause: unknown) {
    const addresses = others.length === 0 ? first : `${first} and ${others.length} more`;
    super(`The report was made, but the e-mail service did not take it for ${addresses}.`, { cause });
  }
}

export interface DeliveryParts {
  database: Database;
  storage: ReportStorage;
  mail: Mail | undefined;
}

/** The address of the page on which a recipient confirms and unsubscribes. */
export function subscriptionAddress(origin: string, secret: string): string {
  return `${origin}/reporting/subscriptions/${secret}`;
}

/** @throws a 410 problem if the schedule has ended since the run was added */
export async function scheduleOf(job: ReportJob, database: Database): Promise<Schedule> {
  const schedule = await findSchedule(database, job.schedule_id as number, undefined);
  if (!schedule?.is_valid) {
    throw problems.gone('The schedule was deleted, or the token of its maker is no longer valid.');
  }
  return schedule;
}

/**
 * Sends the report of a run to every recipient who has not got it, or writes it to S3. An address that SES refuses does not affect the others.
 * @throws what S3 throws, NotSent; those who have got the report get it no second time
 */
export async function deliver(
  job: ReportJob,
  schedule: Schedule,
  made: MadeReport,
  { database, storage, mail }: DeliveryParts,
  signal: AbortSignal,
): Promise<void> {
  const runAt = job.run_at as Date;
  if (schedule.target === 's3') {
    const day = runAt.toISOString().slice(0, 16).replace(':', '');
    await storage.write(`schedules/${schedule.id}/${day}/${made.fileName}`, made.content, made, { signal });
    return;
  }
  if (!mail) throw problems.notSetUp('This installation sends no e-mail: the variable MAIL_FROM is not set.');
  const attachment = { filename: made.fileName, content: await bytesOf(made.content), contentType: made.contentType };
  const failed: { address: string; error: unknown }[] = [];
  for (const { address, secret } of await unsentOf(database, job)) {
    signal.throwIfAborted();
    const unsubscribe = subscriptionAddress(schedule.origin, secret);
    const message: Message = {
      to: address,
      subject: schedule.title,
      text: `${schedule.title}\n\nThe report is attached: ${made.fileName}${made.address ? `\nThe same numbers at any later time: ${made.address}` : ''}\n\n${schedule.author} sends it to you. Unsubscribe: ${unsubscribe}\n`,
      id: `${job.id}-${secret.slice(0, 8)}`,
      date: runAt,
      unsubscribe,
      attachment,
    };
    try {
      await mail.send(message);
      await recordDelivery(database, job.id, address);
    } catch (error) {
      failed.push({ address, error });
    }
  }
  if (failed.length > 0) {
    throw new NotSent(
      failed.map(({ address }) => address),
      failed[0]?.error,
    );
  }
}

/** @throws a 400 problem if it is too large for an e-mail */
async function bytesOf(content: MadeReport['content']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of Buffer.isBuffer(content) ? [content] : (content as AsyncIterable<Buffer>)) {
    bytes += chunk.length;
    if (bytes > maxAttachment) {
      if (!Buffer.isBuffer(content)) await finished(content.destroy()).catch(() => {});
      throw problems.invalid(
        `The report has more than ${maxAttachment / 1024 ** 2} MiB, which e-mail does not carry. Limit it to fewer sales, or let the schedule write to S3.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
