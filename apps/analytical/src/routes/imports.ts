import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Database } from '@property-insights/database';
import { defaultMaxRejects, type Job, type JobQueue, readRejects } from '@property-insights/imports';
import { rawParameter } from '@property-insights/question-routes';
import { type App, authorOf, problems, requireScope } from '@property-insights/service';
import { page, readPage } from '@property-insights/service/pagination';
import { noParameters, uuid } from '@property-insights/service/schemas';
import { type Static, Type } from 'typebox';
import { findMarketId } from '../data/markets.ts';
import { JobEvents } from '../job-events.ts';
import { filesQuery, Import } from '../schemas/import.ts';
import { acceptFiles, receiveFiles } from '../uploads.ts';

const params = Type.Object({
  id: Type.String({
    pattern: uuid.source,
    'x-expected': 'the id of an import, a UUID',
    description: 'The id of the import or undo.',
  }),
});

const eventsDescription = `Each event's data is JSON.

* \`progress\`, at once and then at most twice a second: \`id\`, \`state\`, \`stage\`, \`bytes_total\`, \`bytes_read\`, \`rows_read\`, \`rows_total\` and
  \`rejected\` of the import; \`rows_per_second\` and \`bytes_per_second\` over the last seconds; \`seconds_left\` until all rows are read, or undone. The
  last three are null before there is anything to measure, and after all rows are read.
* \`end\`, the last event: the import as it ended, with the members of \`GET /api/imports/{id}\`. Close an \`EventSource\` then, or it reconnects.

A comment every 15 s keeps the connection open. If the stream ends without \`end\`, the connection was lost: repeat the request.`;

const eventsExample = `event: progress
data: {"id":"0b9f6a4e-1c55-4f5e-9d0a-52a3b1c7e2aa","state":"running","stage":"reading","bytes_total":61000000,"bytes_read":30500000,"rows_read":650000,"rows_total":null,"rejected":12,"rows_per_second":90000,"bytes_per_second":4200000,"seconds_left":8}

`;

const importQuery = Type.Object({
  ...filesQuery,
  max_rejects: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: `The largest share of rows that may be rejected. With more rejects, nothing is written. Defaults to ${defaultMaxRejects}, and to 0 for a complete edition, which retires the sales of rejected rows.`,
    }),
  ),
});

export async function importRoutes(app: App, database: Database, jobs: JobQueue): Promise<void> {
  const find = async (id: string): Promise<Job> => {
    const job = await jobs.find(id);
    if (!job) throw problems.notFound(`There is no import ${id}.`);
    return job;
  };
  const events = new JobEvents(jobs, app.log);
  app.addHook('preClose', async () => events.close());

  app.get(
    '/api/imports',
    {
      schema: {
        summary: 'Imports and undos, the latest first',
        querystring: Type.Object(page),
        response: { 200: Type.Array(Import) },
      },
    },
    async (request, reply) => {
      const items = await readPage(request, reply, {
        parse: (text) => (uuid.test(text) ? text : undefined),
        read: (after, limit) => jobs.list(after, limit),
        positionOf: ({ id }) => id,
      });
      return reply.send(items);
    },
  );

  app.get(
    '/api/imports/:id',
    {
      schema: {
        summary: 'The state and progress of an import or an undo',
        params,
        querystring: noParameters,
        response: { 200: Import },
      },
    },
    async (request, reply) => reply.send(await find(request.params.id)),
  );

  app.get(
    '/api/imports/:id/events',
    {
      schema: {
        summary: 'The progress of an import or an undo, as server-sent events',
        description: eventsDescription,
        params,
        querystring: noParameters,
        response: {
          200: {
            description: 'The events, until the import has ended',
            content: {
              'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }), example: eventsExample },
            },
          },
        },
      },
      // A HEAD request would wait for the end of the stream.
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const stream = events.listen(await find(request.params.id));
      return reply.headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }).send(stream);
    },
  );

  app.delete(
    '/api/imports/:id',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Cancel an import, or undo it',
        description:
          'An import that has not ended is cancelled and writes nothing: `200`. A finished import is undone by another revision; this needs the ' +
          'scope `admin`, and is refused with `409` if a later revision changed the same rows. With `202`, the undo has started. It is a job like an ' +
          'import: it can be followed, cancelled and undone at the URL in `Location`.',
        params,
        querystring: noParameters,
        response: { 200: Import, 202: Import },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (await jobs.cancel(id)) return reply.send(await find(id));
      const { state, revision, undoes } = await find(id);
      if (state !== 'finished') {
        throw problems.conflict(`The ${undoes === null ? 'import' : 'undo'} has ended already: it is ${state}.`);
      }
      if (revision === null) throw problems.conflict('The import changed nothing, so there is nothing to undo.');
      requireScope(request, 'admin');
      const undo = (await jobs.addUndo(revision, authorOf(request))) as Job;
      return reply.code(202).header('location', `/api/imports/${undo.id}`).send(undo);
    },
  );

  app.get(
    '/api/imports/:id/rejects',
    {
      schema: {
        summary: 'The rows that an import rejected, as a CSV file that can be corrected and imported',
        params,
        querystring: Type.Object(rawParameter),
      },
    },
    async (request, reply) => {
      const { id } = await find(request.params.id);
      const csv = readRejects(database, id, request.query);
      // The first part is read before anything is sent, so that an error can still become a problem document.
      const { value: first } = await csv.next();
      return reply
        .headers({
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="rejects-${id}.csv"`,
        })
        .send(Readable.from(chain(first, csv)));
    },
  );

  await app.register(async (scope) => {
    await acceptFiles(scope);
    scope.post(
      '/api/imports',
      {
        config: { scope: 'write' },
        schema: {
          summary: 'Import sales files',
          description:
            'Send files as multipart/form-data, or one file as the body itself. A form can also contain the mapping, as the field `mapping`.',
          querystring: importQuery,
          response: { 202: Import },
        },
      },
      async (request, reply) => {
        const query = request.query as Static<typeof importQuery>;
        const marketId = await findMarketId(database, query.market);
        const id = randomUUID();
        const { files, mapping } = await receiveFiles(request, jobs.directoryOf(id), query);
        const { format, edition, max_rejects: maxRejects } = query;
        const author = authorOf(request);
        const job = await jobs.addImport({ id, marketId, author, files, format, mapping, edition, maxRejects });
        return reply.code(202).header('location', `/api/imports/${id}`).send(job);
      },
    );
  });
}

async function* chain<T>(first: T, following: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* following;
}
