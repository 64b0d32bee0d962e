import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { Replica } from '@property-insights/analytics';
import { Conflict } from '@property-insights/database';
import type { App } from '@property-insights/service';
import { sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAws, openAws } from '../../../local/test/aws/open-aws.ts';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { bearer, tokens } from '../../../test/tokens.ts';
import { createReporting } from '../src/app.ts';
import { addJob, findJob, type ReportJob } from '../src/data/jobs.ts';
import { addDueRuns, addSchedule, deleteSchedule, type Run, runsOf } from '../src/data/schedules.ts';
import { addShareLink } from '../src/data/share-links.ts';
import { JobRunner, type JobRunnerOptions } from '../src/job-runner.ts';
import { Mail } from '../src/mail.ts';
import { reportFailure, Scheduler } from '../src/scheduler.ts';
import { ReportStorage } from '../src/storage.ts';

const log = pino({ level: 'silent' });
const patient = { timeout: 60_000, interval: 50 };
const server = testDatabase({ user: 'reporting' });
let directory: string;
let aws: OpenAws;
let replica: Promise<Replica>;
let app: App;
let mail: Mail;
/** SES refuses messages to these addresses. */
const refused = new Set<string>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'property-insights-jobs-'));
  aws = await openAws();
  aws.ses.middlewareStack.add(
    (next) => async (args) => {
      const { Destination } = args.input as SendEmailCommandInput;
      if (refused.has(Destination?.ToAddresses?.[0] ?? '')) throw new Error('Refused.');
      return next(args);
    },
    { step: 'initialize' },
  );
  mail = new Mail('reports@example.org', ['Allowed.example'], aws.ses);
  replica = Replica.open({ directory, database: server.database, log });
  app = await open();
});
afterAll(async () => {
  await app.close();
  (await replica).close();
  await aws.close();
  await rm(directory, { recursive: true });
});

const open = () =>
  createReporting({
    database: server.database,
    replica,
    log,
    storage: new ReportStorage(aws.bucket, aws.s3),
    mail,
    jobTimes: { lease: 1, interval: 100 },
  });

const to = async (address: string) => (await aws.messages()).filter((message) => message.includes(`To: ${address}`));
const post = (payload: object, headers = bearer(tokens.write)) =>
  app.inject({ method: 'POST', url: '/reporting/jobs', headers, payload });
/** The ids of a list, which are those of its pages of one item each. */
const everyPage = async (path: string, headers: object): Promise<unknown[]> => {
  const read = async (url: string) => app.inject({ url, headers: { ...headers } });
  const ids = (response: Awaited<ReturnType<typeof read>>) => response.json().map(({ id }: { id: unknown }) => id);
  const all = ids(await read(path));
  const paged: unknown[] = [];
  for (let next: string | undefined = `${path}?limit=1`; next; ) {
    const response: Awaited<ReturnType<typeof read>> = await read(next);
    paged.push(...ids(response));
    next = /<(.*)>; rel="next"/.exec(String(response.headers.link ?? ''))?.[1];
  }
  expect(paged).toEqual(all);
  return all;
};
const job = async (id: string) => (await app.inject(`/reporting/jobs/${id}`)).json();
const ended = async (id: string) => {
  await expect.poll(async () => (await job(id)).state, patient).toMatch(/finished|failed|cancelled/);
  return job(id);
};

/** Kills a task that works on a job. @returns the id of the job */
async function killTaskWithJob(): Promise<string> {
  const { host, port, name, reporting } = server;
  const options = JSON.stringify({ host, port, name, user: reporting, lease: 1 });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-task.ts'), options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return String(line).trim();
}

describe('a job', () => {
  it('makes a report that any task returns, whole or in ranges', async () => {
    const response = await post({ report: 'market-report', form: 'pdf', parameters: { region: ['NSW'] } });
    expect(response.statusCode).toBe(202);
    const { id, parameters } = response.json();
    expect(response.headers.location).toBe(`/reporting/jobs/${id}`);
    expect(parameters).toMatchObject({ market: 'demo', region: ['NSW'], as_of: expect.any(Number), language: 'en' });
    const { state, result, attempts, stored_bytes, expires_at } = await ended(id);
    expect({ state, attempts }).toEqual({ state: 'finished', attempts: 1 });
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(6 * 24 * 3_600_000);
    const fetched = await app.inject(result);
    expect(fetched.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': expect.stringMatching(/^attachment; filename="market-report-demo-\d+\.pdf"$/),
      'content-length': String(stored_bytes),
    });
    const direct = await app.inject(`/reporting/market-report.pdf?region=NSW&market=demo&as_of=${parameters.as_of}`);
    expect(direct.rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    expect(fetched.rawPayload.length).toBeGreaterThan(10_000);
    const range = await app.inject({ url: result, headers: { range: 'bytes=0-3' } });
    expect([range.statusCode, range.body, range.headers['content-range']]).toEqual([
      206,
      '%PDF',
      `bytes 0-3/${stored_bytes}`,
    ]);
    const outside = await app.inject({ url: result, headers: { range: `bytes=${stored_bytes}-` } });
    expect([outside.statusCode, outside.json().detail]).toEqual([416, 'The header Range names no byte of the report.']);
  });

  it('is finished by another task if its task is killed after it has stored the report, which is stored once', async () => {
    const { id } = (await post({ report: 'data-quality', form: 'xlsx' })).json();
    await ended(id);
    const [stored] = aws.store.list(aws.bucket, `jobs/${id}`, '', 9);
    await sql`UPDATE reporting.job SET state = 'running', leased_until = now() WHERE id = ${id}`.execute(
      server.database.kysely,
    );
    await expect.poll(async () => (await job(id)).attempts, patient).toBe(2);
    expect((await ended(id)).state).toBe('finished');
    expect(aws.store.list(aws.bucket, `jobs/${id}`, '', 9)).toEqual([stored]);
  });

  it('is shared by all who ask for the same report of the same version, however they spell it', async () => {
    const first = (await post({ report: 'data-quality', form: 'html' })).json();
    const same = { report: 'data-quality', form: 'html', parameters: { paper: 'a4', language: 'en', market: 'demo' } };
    const ids = await Promise.all([post(same, bearer(tokens.admin)), post(same), post(same)]);
    expect(new Set(ids.map((response) => response.json().id))).toEqual(new Set([first.id]));
    await ended(first.id);
    expect((await post(same)).json().id).toBe(first.id);
    expect((await post({ ...same, parameters: { language: 'de' } })).json().id).not.toBe(first.id);
    const listed = await everyPage('/reporting/jobs', bearer(tokens.admin));
    expect(listed.filter((id) => id === first.id)).toHaveLength(1);
  });

  it('fails for good with the reason that a request gets, and is made again when asked for again', async () => {
    const wrong = { report: 'market-report', form: 'csv', parameters: { table: 'none' } };
    const { id } = (await post(wrong)).json();
    expect(await ended(id)).toMatchObject({
      state: 'failed',
      attempts: 1,
      reason: expect.stringContaining('This report has no table "none"'),
      result: null,
    });
    expect((await app.inject(`/reporting/jobs/${id}/result`)).json().error).toContain('The job is failed: This report');
    expect((await post(wrong)).json().id).not.toBe(id);
  });

  it.each([
    [{ report: 'none', form: 'pdf' }, 404, 'There is no report "none".'],
    [{ report: 'market-report', form: 'pdf', parameters: { colour: 'red' } }, 400, 'There is no parameter "colour"'],
    [{ report: 'market-report', form: 'docx' }, 400, 'one of json, html, pdf, xlsx, png, csv'],
    [{ report: 'market-report', form: 'pdf', parameters: { market: 'none' } }, 404, 'none'],
  ])('is refused for what is no report: %j', async (payload, status, message) => {
    const response = await post(payload);
    expect([response.statusCode, response.json().error]).toEqual([status, expect.stringContaining(message)]);
  });

  it('is not found under another id, and its report is gone when it has expired', async () => {
    expect((await app.inject('/reporting/jobs/x')).statusCode).toBe(400);
    expect((await app.inject(`/reporting/jobs/${crypto.randomUUID()}`)).statusCode).toBe(404);
    const payload = { report: 'data-quality', form: 'json' };
    const { id } = (await post(payload)).json();
    await ended(id);
    await sql`UPDATE reporting.job SET expires_at = now() WHERE id = ${id}`.execute(server.database.kysely);
    expect((await app.inject(`/reporting/jobs/${id}/result`)).statusCode).toBe(410);
    expect((await job(id)).result).toBeNull();
    expect((await post(payload)).json().id).not.toBe(id);
  });
});

describe('a schedule', () => {
  const headers = bearer(tokens.write);
  const rhythm = { every: 'day', time: '07:30', time_zone: 'Europe/Berlin' };
  const order = { title: 'Weekly numbers', report: 'data-quality', form: 'html', rhythm, target: 'email' };
  const url = '/reporting/schedules';
  const add = async (payload: object) =>
    app.inject({ method: 'POST', url, headers, payload: { ...order, ...payload } });
  const due = (id: number) =>
    sql`UPDATE reporting.schedule SET due_at = now() - interval '3 days' WHERE id = ${id}`.execute(
      server.database.kysely,
    );
  const patch = async (id: number, paused: boolean) =>
    (await app.inject({ method: 'PATCH', url: `${url}/${id}`, headers, payload: { paused } })).json();
  const runs = async (id: number) => (await app.inject({ url: `${url}/${id}/runs`, headers })).json();
  /** Lets the schedule run, and waits for the end of the run. */
  const run = async (id: number, number = 1) => {
    // Each run has another time.
    await sql`UPDATE reporting.job SET run_at = run_at - interval '1 day' WHERE schedule_id = ${id}`.execute(
      server.database.kysely,
    );
    await due(id);
    await expect
      .poll(async () => (await runs(id)).map(({ state }: { state: string }) => state), patient)
      .toEqual([expect.stringMatching(/finished|failed/), ...Array(number - 1).fill(expect.anything())]);
  };
  const post = (path: string) =>
    app.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'List-Unsubscribe=One-Click',
    });

  it('sends a report to those who have confirmed, until they unsubscribe', async () => {
    const recipients = ['Known@allowed.example', 'stranger@elsewhere.example'];
    const response = await add({ recipients });
    expect(response.statusCode).toBe(201);
    const { id, due_at } = response.json();
    expect(Date.parse(due_at) - Date.now()).toBeLessThan(24 * 3_600_000);
    const states = async () => (await app.inject({ url: `${url}/${id}`, headers })).json().recipients;
    expect(await states()).toEqual([
      { address: 'known@allowed.example', role: 'reader', state: 'confirmed', asked_at: null },
      { address: 'stranger@elsewhere.example', role: 'reader', state: 'waiting', asked_at: null },
    ]);
    await run(id);
    expect(await runs(id)).toMatchObject([{ state: 'finished', sent: 1 }]);
    const [message = ''] = await to('known@allowed.example');
    expect(message).toMatch(/^Subject: Weekly numbers\r$/m);
    expect(message).toContain('filename=data-quality-demo-');
    expect(message).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    await expect.poll(async () => (await to('stranger@elsewhere.example')).length, patient).toBe(1);
    const [question = ''] = await to('stranger@elsewhere.example');
    expect(question).toContain('Subject: Confirm: Weekly numbers');
    const [, page = ''] =
      /List-Unsubscribe:\s*<https?:\/\/[^/]+(\/[^>]+)>/.exec(question.replaceAll(/\r\n\s/g, '')) ?? [];
    const shown = await app.inject(page);
    expect([shown.statusCode, shown.body]).toEqual([200, expect.stringContaining('Confirm: send it to me')]);
    expect((await states())[1]).toMatchObject({ state: 'waiting', asked_at: expect.any(String) });
    expect((await post(`${page}/confirmation`)).statusCode).toBe(200);
    await run(id, 2);
    expect(await to('stranger@elsewhere.example')).toHaveLength(2);
    expect((await post(page)).body).toContain('You are unsubscribed');
    await run(id, 3);
    expect(await to('stranger@elsewhere.example')).toHaveLength(2);
    expect(await to('known@allowed.example')).toHaveLength(3);
    expect(await states()).toMatchObject([{ state: 'confirmed' }, { state: 'unsubscribed' }]);
    // Who has confirmed once is not asked again by the same maker.
    expect((await app.inject({ method: 'DELETE', url: `${url}/${id}`, headers })).statusCode).toBe(204);
    expect((await app.inject({ url: `${url}/${id}`, headers })).statusCode).toBe(404);
    expect((await app.inject(page)).statusCode).toBe(404);
  });

  it('writes to S3, catches up once with the runs that it missed, and can be paused', async () => {
    const { id } = (await add({ target: 's3', form: 'xlsx' })).json();
    await run(id);
    expect(await runs(id)).toHaveLength(1);
    const [stored] = aws.store.list(aws.bucket, `schedules/${id}/`, '', 9);
    expect(stored?.key).toMatch(/\/\d{4}-\d\d-\d\dT\d{4}\/data-quality-demo-\d+\.xlsx$/);
    expect((await patch(id, true)).paused_at).not.toBeNull();
    await due(id);
    expect(await addDueRuns(server.database)).toBe(0);
    const resumed = await patch(id, false);
    expect([resumed.paused_at, Date.parse(resumed.due_at) > Date.now()]).toEqual([null, true]);
  });

  it('runs when an import has changed the market, at most once an hour', async () => {
    const { id, due_at } = (await add({ target: 's3', rhythm: { every: 'new_data' } })).json();
    expect(due_at).toBeNull();
    expect(await addDueRuns(server.database)).toBe(0);
    const writer = openDatabase(server);
    const load = () => writer.write({ marketId: 1, kind: 'import', author: 'test' }, async () => {});
    const states = async () => (await runs(id)).map(({ state }: { state: string }) => state);
    const { version } = await load();
    await expect.poll(states, patient).toEqual(['finished']);
    expect(aws.store.list(aws.bucket, `schedules/${id}/`, '', 9)[0]?.key).toContain(
      `data-quality-demo-${version}.html`,
    );
    await load();
    expect(await addDueRuns(server.database)).toBe(0);
    const passHour = () =>
      sql`UPDATE reporting.schedule SET ran_at = ran_at - interval '1 hour' WHERE id = ${id}`.execute(
        server.database.kysely,
      );
    // It is not paused, so that nothing is left out.
    await patch(id, false);
    await passHour();
    await expect.poll(states, patient).toEqual(['finished', 'finished']);
    await patch(id, true);
    await load();
    await passHour();
    await patch(id, false);
    expect(await addDueRuns(server.database)).toBe(0);
    expect(await states()).toHaveLength(2);
    await writer.close();
  });

  it('ends with the token of its maker, and so does a run that was added before', async () => {
    const leaver = `pi_${'l'.repeat(43)}`;
    const administer = async (statement: string) => {
      const { host, port, name: database, master } = server;
      const client = new pg.Client({ host, port, database, user: master.username, password: master.password });
      await client.connect();
      await client.query(statement);
      await client.end();
    };
    await administer(`INSERT INTO token (name, scope, hash) VALUES ('leaver', 'write', sha256('${leaver}'))`);
    const payload = { ...order, target: 's3' };
    const { id } = (await app.inject({ method: 'POST', url, headers: bearer(leaver), payload })).json();
    await app.close();
    await due(id);
    expect(await addDueRuns(server.database)).toBe(1);
    await administer(`UPDATE token SET revoked_at = now() WHERE name = 'leaver'`);
    app = await open();
    const seen = async () => (await app.inject({ url: `${url}/${id}/runs`, headers: bearer(tokens.admin) })).json();
    const reason = 'The schedule was deleted, or the token of its maker is no longer valid.';
    await expect.poll(seen, patient).toMatchObject([{ state: 'failed', attempts: 1, reason }]);
    await due(id);
    expect(await addDueRuns(server.database)).toBe(0);
    expect(aws.store.list(aws.bucket, `schedules/${id}/`, '', 9)).toEqual([]);
  });

  it('states why a run failed, and reports it to its maker', async () => {
    const maker = 'maker@allowed.example';
    const payload = { report: 'market-report', form: 'csv', parameters: { table: 'none' }, report_failures_to: maker };
    const { id } = (await add({ ...payload, recipients: ['reader@allowed.example'] })).json();
    await run(id);
    const reason = expect.stringContaining('This report has no table "none"');
    expect(await runs(id)).toMatchObject([{ state: 'failed', reason }]);
    await expect.poll(async () => (await to(maker)).length, patient).toBe(1);
    expect((await to(maker))[0]).toContain('Subject: Failed: Weekly numbers');
    expect(await to('reader@allowed.example')).toEqual([]);
    const [failed] = await runsOf(server.database, id);
    await app.inject({ method: 'DELETE', url: `${url}/${id}`, headers });
    await reportFailure(failed as Run, 'It was deleted.', { database: server.database, mail });
    expect(await to(maker)).toHaveLength(1);
  });

  it('sends to the others if an address is refused, and to that one in the next attempt', async () => {
    const recipients = ['bad@allowed.example', 'good@allowed.example'];
    refused.add('bad@allowed.example');
    const { id } = (await add({ recipients })).json();
    await due(id);
    const reason = 'The report was made, but the e-mail service did not take it for bad@allowed.example.';
    const waiting = { state: 'received', attempts: 1, reason, sent: 1 };
    await expect.poll(async () => (await runs(id))[0], patient).toMatchObject(waiting);
    const list = (await app.inject({ url, headers })).json();
    expect(list.find((each: { id: number }) => each.id === id).last_run).toMatchObject(waiting);
    expect(await to('good@allowed.example')).toHaveLength(1);
    refused.clear();
    await sql`UPDATE reporting.job SET due_at = now() WHERE schedule_id = ${id}`.execute(server.database.kysely);
    await expect.poll(async () => (await runs(id))[0].state, patient).toBe('finished');
    expect([await to('bad@allowed.example'), await to('good@allowed.example')]).toEqual(
      Array(2).fill([expect.any(String)]),
    );
  });

  it('sends each recipient one message if its task is killed between two', async () => {
    const recipients = ['first@allowed.example', 'second@allowed.example'];
    const { id } = (await add({ recipients })).json();
    await sql`UPDATE reporting.schedule SET due_at = now() WHERE id = ${id}`.execute(server.database.kysely);
    await app.close();
    await addDueRuns(server.database);
    const killed = await killTaskWithJob();
    // It had sent the first message.
    await sql`INSERT INTO reporting.delivery (job_id, address) VALUES (${killed}, 'first@allowed.example')`.execute(
      server.database.kysely,
    );
    app = await open();
    await expect.poll(async () => (await runs(id))[0].state, patient).toBe('finished');
    expect(await runs(id)).toMatchObject([{ attempts: 2 }]);
    expect([await to('first@allowed.example'), await to('second@allowed.example')]).toEqual([[], [expect.any(String)]]);
  });

  it.each([
    [{ recipients: ['a@b@c.example'] }, 400, 'an e-mail address'],
    [{ recipients: ['a@b.example\r\nBcc: c@d.example'] }, 400, 'an e-mail address'],
    [{}, 400, 'Missing member "recipients"'],
    [{ recipients: ['a@b.example'], target: 's3' }, 400, 'for the target "email"'],
    [{ recipients: ['a@b.example'], title: 'a\r\nBcc: b' }, 400, 'one line of text'],
    [{ recipients: ['a@b.example'], title: '\ud800' }, 400, 'half of a surrogate pair'],
    [{ recipients: ['a@b.example'], parameters: { market: 'a\0' } }, 400, 'Member "parameters.market"'],
    [{ recipients: ['a@b.example'], report: 'none' }, 404, 'There is no report'],
    [{ recipients: ['a@b.example'], rhythm: { every: 'day', time: '7:30', time_zone: 'UTC' } }, 400, 'a time of day'],
  ])('is refused: %j', async (payload, status, message) => {
    const response = await add(payload);
    expect([response.statusCode, response.json().error]).toEqual([status, expect.stringContaining(message)]);
  });

  it('is seen by its maker and administrators only', async () => {
    const { id } = (
      await app.inject({ method: 'POST', url, headers: bearer(tokens.admin), payload: { ...order, target: 's3' } })
    ).json();
    expect((await app.inject({ url: `${url}/${id}`, headers })).statusCode).toBe(404);
    expect((await app.inject({ method: 'DELETE', url: `${url}/${id}`, headers })).statusCode).toBe(404);
    expect(await everyPage(url, headers)).not.toContain(id);
    expect(await everyPage(url, bearer(tokens.admin))).toContain(id);
    expect((await app.inject({ url: `${url}?cursor=x`, headers })).statusCode).toBe(400);
  });
});

it('is off without a bucket, with a sentence', async () => {
  const without = await createReporting({ database: server.database, replica, log });
  const payload = { report: 'market-report', form: 'pdf' };
  const headers = bearer(tokens.write);
  const response = await without.inject({ method: 'POST', url: '/reporting/jobs', headers, payload });
  expect([response.statusCode, response.json().error]).toEqual([501, expect.stringContaining('REPORTS_BUCKET')]);
  await without.close();
});

describe('the tasks', () => {
  const runners: JobRunner[] = [];
  const run = (options: Partial<JobRunnerOptions>) => {
    const runner = new JobRunner({
      database: server.database,
      log,
      lease: 1,
      interval: 50,
      work: async () => 'report.pdf',
      failureOf: () => ({ reason: 'It failed.', retryAfter: 1 }),
      ...options,
    });
    runners.push(runner);
    return runner;
  };
  const clear = () => sql`DELETE FROM reporting.job`.execute(server.database.kysely);
  let number = 0;
  const add = (caller = 'nobody') => {
    const order = { report: 'r', form: 'pdf', parameters: {}, origin: 'http://a', dependsOn: number++, caller };
    return addJob(server.database, order);
  };
  const read = async (id: string) => (await findJob(server.database, id)) as ReportJob;
  const state = async (id: string) => (await read(id)).state;
  const due = (id: string) =>
    sql`UPDATE reporting.job SET due_at = now() WHERE id = ${id}`.execute(server.database.kysely);

  // The task of the tests above would take the jobs.
  beforeAll(async () => {
    await app.close();
    await clear();
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.close()));
    await clear();
  });

  it('take each job once', async () => {
    const jobs = await Promise.all(Array.from({ length: 40 }, (_, i) => add(`caller ${i % 20}`)));
    const taken: string[] = [];
    for (let task = 0; task < 4; task++) run({ work: async ({ id }) => `${taken.push(id)}` });
    for (const { id } of jobs) await expect.poll(() => state(id), patient).toBe('finished');
    expect(taken.toSorted()).toEqual(jobs.map(({ id }) => id).sort());
  });

  it('begin with the callers who have the fewest running jobs', async () => {
    for (let i = 0; i < 3; i++) await add('many');
    const { id } = await add('one');
    const begun: string[] = [];
    const hold = Promise.withResolvers<string>();
    const work = (job: ReportJob) => {
      begun.push(job.callers[0] as string);
      return hold.promise;
    };
    // Tasks that look for a job at the same moment do not see what the others take.
    run({ work });
    await expect.poll(() => begun, patient).toEqual(['many']);
    run({ work });
    await expect.poll(() => begun, patient).toEqual(['many', 'one']);
    hold.resolve('a');
    await expect.poll(() => state(id), patient).toBe('finished');
  });

  it('try a job again, later each time, and fail it after five attempts', async () => {
    const { id } = await add();
    const lines: { level: number; job: string; err: { message: string } }[] = [];
    run({
      log: pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
      work: async () => {
        throw new Error('no');
      },
    });
    for (const [attempt, seconds] of [5, 20, 80, 320].entries()) {
      await expect.poll(async () => (await read(id)).attempts, patient).toBe(attempt + 1);
      await expect.poll(() => state(id), patient).toBe('received');
      const { due_at, reason } = await read(id);
      expect(Math.abs(due_at.getTime() - Date.now() - seconds * 1000)).toBeLessThan(4_000);
      expect(reason).toBe('It failed.');
      await due(id);
    }
    await expect.poll(() => state(id), patient).toBe('failed');
    expect(await read(id)).toMatchObject({ attempts: 5, reason: 'It failed.', key: null });
    await expect
      .poll(() => lines, patient)
      .toMatchObject([40, 40, 40, 40, 50].map((level) => ({ level, job: id, err: { message: 'no' } })));
  });

  it('stop a job that is cancelled, and take the next', async () => {
    const { id } = await add();
    const stopped = Promise.withResolvers<void>();
    run({
      work: (job, signal) =>
        new Promise((resolve) => {
          if (job.id !== id) return resolve('b');
          signal.addEventListener('abort', () => stopped.resolve());
        }),
    });
    await expect.poll(() => state(id), patient).toBe('running');
    const other = await createReporting({ database: server.database, replica, log });
    const cancel = (headers: object) =>
      other.inject({ method: 'DELETE', url: `/reporting/jobs/${id}`, headers: { ...headers } });
    expect((await cancel(bearer(tokens.read))).statusCode).toBe(403);
    expect((await cancel(bearer(tokens.write))).statusCode).toBe(409);
    expect((await cancel(bearer(tokens.admin))).statusCode).toBe(204);
    expect((await cancel(bearer(tokens.admin))).statusCode).toBe(409);
    await stopped.promise;
    expect(await state(id)).toBe('cancelled');
    const next = await add();
    await expect.poll(() => state(next.id), patient).toBe('finished');
    await other.close();
  });

  it('return the job that they work on when they stop, and its attempt does not count', async () => {
    const { id } = await add();
    const runner = run({ work: () => new Promise(() => {}) });
    await expect.poll(() => state(id), patient).toBe('running');
    await runner.close();
    expect(await read(id)).toMatchObject({ state: 'received', attempts: 0 });
  });

  it('take the job of a task that was killed, and end it once', async () => {
    const { id } = await add();
    expect(await killTaskWithJob()).toBe(id);
    expect(await state(id)).toBe('running');
    const ended: string[] = [];
    for (let task = 0; task < 2; task++) run({ work: async (job) => `${ended.push(job.id)}` });
    await expect.poll(() => state(id), patient).toBe('finished');
    expect(ended).toEqual([id]);
    expect(await read(id)).toMatchObject({ attempts: 2, reason: null });
  });

  it('do not fail a job that they no longer hold', async () => {
    const { id } = await add();
    const first = Promise.withResolvers<string>();
    run({ lease: 0.2, work: () => first.promise });
    await expect.poll(() => state(id), patient).toBe('running');
    await sql`UPDATE reporting.job SET attempts = attempts + 1, leased_until = now() + interval '1 minute' WHERE id = ${id}`.execute(
      server.database.kysely,
    );
    first.reject(new Error('late'));
    const next = await add();
    await expect.poll(async () => (await read(next.id)).reason, patient).toBe('It failed.');
    expect(await state(id)).toBe('running');
  });

  it('run a schedule once at each of 200 times, though two of them add and take the runs', async () => {
    await sql`UPDATE reporting.schedule SET deleted_at = now()`.execute(server.database.kysely);
    const { rows } = await sql<{ id: number }>`
      INSERT INTO reporting.schedule (token_id, author, title, report, form, parameters, origin, market_id, rhythm, target, due_at, seen_version)
      SELECT (SELECT token_id FROM reporting.schedule LIMIT 1), 'a', 't', 'r', 'pdf', '{}', 'http://a', id,
        '{"every":"day","time":"00:00","time_zone":"UTC"}', 's3', '2030-01-01', 1 FROM market LIMIT 1
      RETURNING id`.execute(server.database.kysely);
    const id = rows[0]?.id as number;
    const done: string[] = [];
    for (let task = 0; task < 2; task++) {
      run({ work: async ({ run_at }) => `${done.push(run_at?.toISOString() as string)}` });
    }
    for (let tick = 0; tick < 200; tick++) {
      const now = new Date(Date.UTC(2030, 0, 1 + tick));
      await Promise.all([addDueRuns(server.database, now), addDueRuns(server.database, now)]);
    }
    await expect.poll(() => done.length, patient).toBeGreaterThanOrEqual(200);
    expect(new Set(done).size).toBe(200);
    expect(done).toHaveLength(200);
    await sql`UPDATE reporting.schedule SET deleted_at = now() WHERE id = ${id}`.execute(server.database.kysely);
  });

  /** The owner of schedules and links whose token is valid. */
  const owner = async () => {
    const { rows } = await sql<{ tokenId: number; marketId: number }>`
      SELECT token_id AS "tokenId", market_id AS "marketId" FROM reporting.schedule
      WHERE reporting.is_valid_token(token_id) LIMIT 1`.execute(server.database.kysely);
    return rows[0] as (typeof rows)[0];
  };
  const schedule = {
    ...{ author: 'a', title: 't', report: 'r', form: 'pdf', parameters: {}, origin: 'http://a', version: 1 },
    ...{ rhythm: { every: 'new_data' as const }, target: 'email' as const, domains: [], recipients: [] },
  };

  it('accept no more schedules and links of a token than the limits, however many are added at a time', async () => {
    const { database } = server;
    const { tokenId, marketId } = await owner();
    await sql`UPDATE reporting.schedule SET deleted_at = now()`.execute(database.kysely);
    await sql`
      INSERT INTO reporting.schedule (token_id, author, title, report, form, parameters, origin, market_id, rhythm, target, seen_version)
      SELECT ${tokenId}, 'a', 't', 'r', 'pdf', '{}', 'http://a', ${marketId}, '{"every":"new_data"}', 's3', 1 FROM generate_series(1, 98)`.execute(
      database.kysely,
    );
    await sql`
      INSERT INTO reporting.share_link (hash, token_id, author, report, parameters, origins)
      SELECT sha256(n::text::bytea), ${tokenId}, 'a', 'r', '{}', '{}' FROM generate_series(1, 998) AS n`.execute(
      database.kysely,
    );
    const link = {
      tokenId,
      author: 'a',
      report: 'r',
      parameters: {},
      password: undefined,
      origins: [],
      expiresAt: null,
    };
    const successes = async (add: () => Promise<unknown>) => {
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, add));
      return outcomes.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await successes(() => addSchedule(database, { ...schedule, tokenId, marketId }))).toBe(2);
    expect(await successes(() => addShareLink(database, link))).toBe(2);
    await sql`UPDATE reporting.schedule SET deleted_at = now()`.execute(database.kysely);
  });

  it('ask the recipients of schedules that are not deleted, and the others if an address is refused', async () => {
    const own = { ...schedule, ...(await owner()) };
    const recipients = (...addresses: string[]) => addresses.map((address) => ({ role: 'reader' as const, address }));
    const database = server.database;
    const deleted = await addSchedule(database, { ...own, recipients: recipients('deleted@elsewhere.example') });
    await deleteSchedule(database, deleted.id);
    await addSchedule(database, { ...own, recipients: recipients('a@elsewhere.example', 'b@elsewhere.example') });
    refused.add('a@elsewhere.example');
    const scheduler = new Scheduler({ database, log, mail, onRuns() {}, interval: 50 });
    const minutes = async () => {
      const { rows } = await sql<{ minutes: number }>`
        SELECT extract(epoch FROM ask_after - now())::float / 60 AS minutes FROM reporting.recipient
        WHERE address = 'a@elsewhere.example'`.execute(database.kysely);
      return rows[0]?.minutes;
    };
    await expect.poll(minutes, patient).toBeGreaterThan(50);
    await expect.poll(() => to('b@elsewhere.example'), patient).toHaveLength(1);
    refused.clear();
    await sql`UPDATE reporting.recipient SET ask_after = now() WHERE address = 'a@elsewhere.example'`.execute(
      database.kysely,
    );
    await expect.poll(() => to('a@elsewhere.example'), patient).toHaveLength(1);
    await scheduler.close();
    expect(await to('deleted@elsewhere.example')).toEqual([]);
  });

  it('accept ten jobs of a caller that have not ended', async () => {
    for (let i = 0; i < 10; i++) await add('eager');
    await expect(add('eager')).rejects.toThrow(Conflict);
    await add('other');
  });
});
