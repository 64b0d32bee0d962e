import { type App, authorOf, problems } from '@property-insights/service';
import { pageOf, parseNumber, readPage } from '@property-insights/service/pagination';
import { id, line, moment, noParameters, nullable } from '@property-insights/service/schemas';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  addSchedule,
  deleteSchedule,
  findSchedule,
  lastRunsOf,
  listSchedules,
  pauseSchedule,
  type Recipient,
  type Run,
  recipientsOf,
  resumeSchedule,
  runsOf,
  type Schedule,
} from '../data/schedules.ts';
import { extensions } from '../forms.ts';
import type { Mail } from '../mail.ts';
import { namedParameters, reportNamed } from '../named-report.ts';
import { faultOf, rhythmSchema } from '../rhythm.ts';
import { type JobParts, requireJobs } from './jobs.ts';

const address = Type.String({
  maxLength: 254,
  pattern: '^[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,8}$',
  'x-expected': 'an e-mail address',
});

const NewSchedule = Type.Object(
  {
    title: line(100, 'The subject of e-mails.'),
    ...namedParameters,
    form: Type.Enum(extensions),
    rhythm: rhythmSchema,
    target: Type.Enum(['email', 's3'], { description: 'Where reports go.' }),
    recipients: Type.Optional(
      Type.Array(address, {
        maxItems: 50,
        description: '`email`: who gets the report after having confirmed, or at once in the domains of MAIL_DOMAINS.',
      }),
    ),
    report_failures_to: Type.Optional(address),
  },
  { additionalProperties: false },
);

const ShownRun = Type.Object({
  run_at: moment,
  state: Type.Enum(['received', 'running', 'finished', 'failed', 'cancelled'], {
    description: '`received`: it waits, also for another attempt.',
  }),
  attempts: Type.Integer(),
  reason: nullable(Type.String(), { description: 'Why it failed, or why its last attempt did.' }),
  file_name: nullable(Type.String()),
  sent: nullable(Type.Integer(), {
    description: '`email`: to how many recipients the report was sent. Those who have not confirmed get none.',
  }),
  ended_at: nullable(moment),
});

const shown = {
  id: Type.Integer(),
  title: Type.String(),
  report: Type.String(),
  form: Type.Enum(extensions),
  parameters: Type.Unsafe<object>({ type: 'object' }),
  rhythm: rhythmSchema,
  target: Type.Enum(['email', 's3']),
  author: Type.String({ description: 'The token of its maker, with which it ends.' }),
  created_at: moment,
  paused_at: nullable(moment),
  due_at: nullable(moment, { description: 'The next run; null for `new_data`.' }),
  ran_at: nullable(moment),
  last_run: nullable(ShownRun, { description: 'Null before the first run, and once the last one is removed.' }),
};
const Listed = Type.Object(shown);
const Detailed = Type.Object({
  ...shown,
  recipients: Type.Array(
    Type.Object({
      address: Type.String(),
      role: Type.Enum(['reader', 'maker'], { description: 'A maker gets the reasons of failures only.' }),
      state: Type.Enum(['waiting', 'confirmed', 'unsubscribed'], {
        description: '`waiting`: the recipient has not confirmed.',
      }),
      asked_at: nullable(moment, {
        description: 'When the recipient was asked to confirm. Null before, and if the e-mail service refused that.',
      }),
    }),
  ),
});
const params = Type.Object({ id });
const config = { scope: 'write' } as const;
const path = '/reporting/schedules';

/** Schedules: reports that are made regularly and sent, or written to S3. */
export function scheduleRoutes(app: App, parts: JobParts & { mail: Mail | undefined }): void {
  const { database, jobs, mail } = parts;
  /** The token whose schedules a request may see; undefined for all. */
  const ownOnly = ({ token }: FastifyRequest) => (token?.scope === 'admin' ? undefined : token?.id);
  /** The schedule of a request, if the client may see it. @throws a 404 problem */
  const requireSchedule = async (request: FastifyRequest, id: number): Promise<Schedule> => {
    const found = await findSchedule(database, id, ownOnly(request));
    if (!found || found.deleted_at) throw problems.notFound(`There is no schedule ${id}.`);
    return found;
  };
  const detailed = async (schedule: Schedule) => ({
    ...described(schedule, (await lastRunsOf(database, [schedule.id])).get(schedule.id)),
    recipients: (await recipientsOf(database, schedule.id)).map((recipient) => ({
      address: recipient.address,
      role: recipient.role,
      state: stateOf(recipient),
      asked_at: recipient.asked_at,
    })),
  });

  app.post(
    path,
    {
      config: { ...config, metered: true },
      schema: {
        summary: 'Have a report made regularly',
        description:
          'A run that was due while no task was running is caught up with once. The schedule ends with the token of its maker.',
        querystring: noParameters,
        body: NewSchedule,
        response: { 201: Detailed },
      },
    },
    async (request, reply) => {
      requireJobs(jobs);
      const {
        title,
        report,
        parameters = {},
        form,
        rhythm,
        target,
        recipients = [],
        report_failures_to,
      } = request.body;
      const fault = faultOf(rhythm);
      if (fault) throw problems.invalid(fault);
      if (target === 'email' && recipients.length === 0) throw problems.invalid('Missing member "recipients".');
      if (target === 's3' && recipients.length > 0) {
        throw problems.invalid('Member "recipients" is for the target "email".');
      }
      if (!mail && (recipients.length > 0 || report_failures_to)) {
        throw problems.notSetUp('This installation sends no e-mail: the variable MAIL_FROM is not set.');
      }
      const { query } = await reportNamed(database, report, parameters);
      const replica = await parts.replica;
      const budget = replica.budgets.of(request.caller);
      const { market, reached } = await replica.describe(query.market, query.as_of, budget);
      const to = (role: Recipient['role'], addresses: string[]) =>
        [...new Set(addresses.map((each) => each.toLowerCase()))].map((each) => ({ role, address: each }));
      const added = await addSchedule(database, {
        tokenId: request.token?.id as number,
        author: authorOf(request),
        title,
        report,
        form,
        // The default market may change.
        parameters: { ...parameters, market: market.code },
        origin: `${request.protocol}://${request.host}`,
        marketId: market.id,
        version: reached.version,
        rhythm,
        target,
        recipients: [...to('reader', recipients), ...to('maker', report_failures_to ? [report_failures_to] : [])],
        domains: mail?.domains ?? [],
      });
      return reply.code(201).send(await detailed(added));
    },
  );

  app.get(
    path,
    {
      config,
      schema: {
        summary: 'The schedules of the token, the last first; all schedules for an administrator',
        querystring: Type.Object(pageOf(1_000)),
        response: { 200: Type.Array(Listed) },
      },
    },
    async (request, reply) => {
      const schedules = await readPage(request, reply, {
        parse: parseNumber,
        read: (after, limit) => listSchedules(database, ownOnly(request), after, limit),
        positionOf: ({ id }) => id,
      });
      const last = await lastRunsOf(
        database,
        schedules.map(({ id }) => id),
      );
      return reply.send(schedules.map((schedule) => described(schedule, last.get(schedule.id))));
    },
  );

  app.get(
    `${path}/:id`,
    {
      config,
      schema: {
        summary: 'A schedule, with its recipients',
        params,
        querystring: noParameters,
        response: { 200: Detailed },
      },
    },
    async (request, reply) => reply.send(await detailed(await requireSchedule(request, request.params.id))),
  );

  app.get(
    `${path}/:id/runs`,
    {
      config,
      schema: {
        summary: 'The last hundred runs of a schedule, with the reasons of those that failed',
        params,
        querystring: noParameters,
        response: { 200: Type.Array(ShownRun) },
      },
    },
    async (request, reply) => {
      const schedule = await requireSchedule(request, request.params.id);
      const runs = await runsOf(database, schedule.id);
      return reply.send(runs.map((run) => runOf(run, schedule)));
    },
  );

  app.patch(
    `${path}/:id`,
    {
      config,
      schema: {
        summary: 'Pause or resume a schedule',
        description:
          'Runs that it missed while it was paused are left out: a rhythm of `new_data` waits for the next version.',
        params,
        querystring: noParameters,
        body: Type.Object({ paused: Type.Boolean() }, { additionalProperties: false }),
        response: { 200: Detailed },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const change = request.body.paused ? pauseSchedule : resumeSchedule;
      await change(database, await requireSchedule(request, id));
      return reply.send(await detailed(await requireSchedule(request, id)));
    },
  );

  app.delete(
    `${path}/:id`,
    { config, schema: { summary: 'Delete a schedule', params, querystring: noParameters } },
    async (request, reply) => {
      await deleteSchedule(database, (await requireSchedule(request, request.params.id)).id);
      return reply.code(204).send();
    },
  );
}

function described(schedule: Schedule, last: Run | undefined) {
  const { id, title, report, form, parameters, rhythm, target, author, created_at, paused_at, due_at, ran_at } =
    schedule;
  return {
    id,
    title,
    report,
    form: form as (typeof extensions)[number],
    parameters,
    rhythm,
    target,
    author,
    created_at,
    paused_at,
    due_at,
    ran_at,
    last_run: last ? runOf(last, schedule) : null,
  };
}

function runOf({ id: _id, schedule_id: _schedule, sent, ...run }: Run, { target }: Schedule) {
  return { ...run, sent: target === 'email' ? sent : null };
}

function stateOf({ confirmed_at, unsubscribed_at }: Recipient): 'waiting' | 'confirmed' | 'unsubscribed' {
  if (unsubscribed_at) return 'unsubscribed';
  return confirmed_at ? 'confirmed' : 'waiting';
}
