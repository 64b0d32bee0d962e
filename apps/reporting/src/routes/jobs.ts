import { type App, problems } from '@property-insights/service';
import { pageOf, readPage } from '@property-insights/service/pagination';
import { moment, noParameters, nullable, uuid } from '@property-insights/service/schemas';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import manifest from '../../package.json' with { type: 'json' };
import { addJob, cancelJob, findJob, listJobs, type ReportJob } from '../data/jobs.ts';
import { letterheadOf } from '../data/letterheads.ts';
import { type Extension, extensions } from '../forms.ts';
import type { JobRunner } from '../job-runner.ts';
import type { ReportParts } from '../make-report.ts';
import { canonical, namedParameters, reportNamed } from '../named-report.ts';
import { resultKey } from '../report-work.ts';
import { type ReportStorage, resultDays } from '../storage.ts';

const Job = Type.Object({
  id: Type.String(),
  report: Type.String(),
  form: Type.String(),
  parameters: Type.Unsafe<object>({ type: 'object', description: 'Complete: with the market and its version.' }),
  state: Type.Enum(['received', 'running', 'finished', 'failed', 'cancelled']),
  stage: nullable(Type.Enum(['questions', 'storage']), {
    description: 'Of the work, while it is running.',
  }),
  stored_bytes: Type.Integer({ description: 'Bytes of the report that are stored.' }),
  attempts: Type.Integer({ description: 'How often it was begun.' }),
  reason: nullable(Type.String(), {
    description: 'Why it failed; while it has not ended, why the last attempt did.',
  }),
  created_at: moment,
  started_at: nullable(moment),
  ended_at: nullable(moment),
  expires_at: nullable(moment),
  result: nullable(Type.String(), { description: 'The path of the report, until `expires_at`.' }),
});

const params = Type.Object({
  id: Type.String({ format: 'uuid', description: 'As `POST /reporting/jobs` returns it.' }),
});

export interface JobParts extends ReportParts {
  /** Undefined where the installation has no bucket. */
  jobs: { runner: JobRunner; storage: ReportStorage } | undefined;
}

/** Jobs: reports that are made apart from the request for them, and stored for some days. */
export function jobRoutes(app: App, parts: JobParts): void {
  const { database, jobs } = parts;
  /** The caller whose jobs a request may list and cancel; undefined for all. */
  const ownOnly = ({ token, caller }: FastifyRequest) => (token?.scope === 'admin' ? undefined : caller);

  app.post(
    '/reporting/jobs',
    {
      config: { scope: 'write', metered: true },
      schema: {
        summary: 'Make a report as a job',
        description: `For reports that take longer than a request. The same report of the same version is made once: all who ask for it get the same job. The result is stored for ${resultDays} days.`,
        querystring: noParameters,
        body: Type.Object(
          {
            ...namedParameters,
            form: Type.Enum(extensions, { description: 'What the report is stored as.' }),
          },
          { additionalProperties: false },
        ),
        response: { 202: Job },
      },
    },
    async (request, reply) => {
      const { runner } = requireJobs(jobs);
      const { report: name, form, parameters = {} } = request.body;
      const named = await reportNamed(database, name, parameters);
      const replica = await parts.replica;
      const { market, reached } = await replica.describe(
        named.query.market,
        named.query.as_of,
        replica.budgets.of(request.caller),
      );
      const job = await addJob(database, {
        report: name,
        form,
        parameters: canonical(named, { market: market.code, as_of: reached.version }),
        origin: `${request.protocol}://${request.host}`,
        dependsOn: [reached.lineage, manifest.version, (await letterheadOf(database, market.id))?.letterhead],
        caller: request.caller,
      });
      runner.wake();
      return reply.code(202).header('location', `/reporting/jobs/${job.id}`).send(described(job));
    },
  );

  app.get(
    '/reporting/jobs',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'The jobs of the caller, the last first; all jobs for an administrator',
        querystring: Type.Object(pageOf(1_000)),
        response: { 200: Type.Array(Job) },
      },
    },
    async (request, reply) => {
      const jobs = await readPage(request, reply, {
        parse: (text) => (uuid.test(text) ? text : undefined),
        read: (after, limit) => listJobs(database, ownOnly(request), after, limit),
        positionOf: ({ id }) => id,
      });
      return reply.send(jobs.map(described));
    },
  );

  app.get(
    '/reporting/jobs/:id',
    { schema: { summary: 'The state of a job', params, querystring: noParameters, response: { 200: Job } } },
    async ({ params: { id } }, reply) => reply.send(described(await requireJob(parts, id))),
  );

  app.get(
    '/reporting/jobs/:id/result',
    {
      schema: {
        summary: 'The report that a job has made, or a range of its bytes',
        params,
        querystring: noParameters,
      },
    },
    async (request, reply) => {
      const { storage } = requireJobs(jobs);
      const job = await requireJob(parts, request.params.id);
      if (job.state !== 'finished') {
        throw problems.conflict(`The job is ${job.state}${job.reason ? `: ${job.reason}` : ', so there is no report'}`);
      }
      const content = hasExpired(job) ? undefined : await storage.read(resultKey(job), request.headers.range);
      if (!content) throw problems.gone('The report of this job has been removed. Start another job.');
      reply.headers({ ...content.headers, 'cache-control': 'private, no-cache' }).code(content.isPart ? 206 : 200);
      return reply.send(content.stream);
    },
  );

  app.delete(
    '/reporting/jobs/:id',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Cancel a job',
        description: 'A job that several callers wait for ends when the last of them cancels it.',
        params,
        querystring: noParameters,
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await cancelJob(database, id, ownOnly(request)))) {
        await requireJob(parts, id);
        throw problems.conflict('The job has ended, or others wait for it.');
      }
      return reply.code(204).send();
    },
  );
}

/** @throws a 501 problem */
export function requireJobs<T>(jobs: T | undefined): T {
  if (jobs) return jobs;
  throw problems.notSetUp('This installation has no storage for reports: the variable REPORTS_BUCKET is not set.');
}

/** @throws a 404 problem */
async function requireJob({ database }: ReportParts, id: string): Promise<ReportJob> {
  const job = await findJob(database, id);
  if (!job) throw problems.notFound(`There is no job ${id}.`);
  return job;
}

function hasExpired({ expires_at: at }: ReportJob): boolean {
  return at !== null && at.getTime() <= Date.now();
}

function described(job: ReportJob) {
  const { id, report, form, parameters, state, stage, stored_bytes, attempts, reason } = job;
  return {
    id,
    report,
    form: form as Extension,
    parameters,
    state,
    stage: stage as Job['stage'],
    stored_bytes,
    attempts,
    reason,
    created_at: job.created_at,
    started_at: job.started_at,
    ended_at: job.ended_at,
    expires_at: job.expires_at,
    result: state === 'finished' && !hasExpired(job) ? `/reporting/jobs/${id}/result` : null,
  };
}
type Job = { stage: 'questions' | 'storage' | null };
