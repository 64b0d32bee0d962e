import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Database } from '@property-insights/database';
import { defaultMaxRejects, failInterruptedImports, rejectColumns } from '@property-insights/imports';
import { type App, authorOf, problems, requireScope } from '@property-insights/service';
import { type Static, Type } from 'typebox';
import { decodeCursor, encodeCursor, nextPage } from '../cursors.ts';
import { ImportEvents } from '../import-events.ts';
import type { ImportRunner } from '../import-runner.ts';
import {
  addImport,
  cancelImport,
  findImport,
  type ImportState,
  listImports,
  type Reject,
  rejectsOf,
} from '../imports.ts';
import { findMarket } from '../markets.ts';
import { filesQuery, moment, noParameters, nullable, page } from '../schemas.ts';
import { beginUndo } from '../undos.ts';
import { receiveFiles, takeFiles } from '../uploads.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const params = Type.Object({
  id: Type.String({ pattern: uuid.source, 'x-expected': 'the id of an import, a UUID', description: 'Of the import.' }),
});

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Import = Type.Object({
  id: Type.String({ format: 'uuid' }),
  market: Type.String(),
  state: Type.Enum(['received', 'running', 'finished', 'failed', 'cancelled']),
  stage: nullable(Type.String({ description: 'What is being done: reading (of files), comparing, writing' })),
  format: nullable(Type.String()),
  files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer({ minimum: 0 }) })),
  bytes_total: count('Of the files as received'),
  bytes_read: count('Of bytes_total'),
  rows_read: count('The sum of accepted, duplicate, superseding, superseded, deleted and rejected, once finished'),
  rows_total: nullable(count('Of an undo, how many rows there are to read; of files that is not known')),
  accepted: count('New sales; of an undo, those in force again'),
  duplicate: count('Rows that say what is known already'),
  superseding: count('Rows that replace an earlier issue of their sale'),
  superseded: count('Rows that a later issue of their sale has replaced'),
  deleted: count('Rows that take a sale back; of an undo, sales that it took back'),
  rejected: count('Rows that could not be understood'),
  rejected_by_reason: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
  changed: Type.Boolean({ description: 'Whether the market is another than before' }),
  error: nullable(
    Type.String({ description: 'Why it failed, or was cancelled where nobody asked for that: its market was deleted' }),
  ),
  revision: nullable(Type.Integer()),
  undoes: nullable(Type.Integer({ description: 'The revision that it undoes; null for an import of files' })),
  undone_by: nullable(Type.Integer({ description: 'The revision by which it is undone' })),
  created_at: moment,
  finished_at: nullable(moment),
});

const eventsDescription = `Each event's data is JSON.

* \`progress\`, at once and then about twice a second: \`id\`, \`state\`, \`stage\`, \`bytes_total\`, \`bytes_read\`, \`rows_read\`, \`rows_total\` and
  \`rejected\` of the import; \`rows_per_second\` and \`bytes_per_second\` over the last seconds; \`seconds_left\` until all is read, or undone. These three are
  null when they cannot be told: before there is anything to measure, and after all is read.
* \`end\`, the last: the import as it ended, as \`GET /api/imports/{id}\` has it. An \`EventSource\` is to be closed then, or it asks again.

A comment shows every 15 s that the connection lives. A stream that ends without \`end\` was cut off: ask again.`;

const eventsExample = `event: progress
data: {"id":"0b9f6a4e-1c55-4f5e-9d0a-52a3b1c7e2aa","state":"running","stage":"reading","bytes_total":61000000,"bytes_read":30500000,"rows_read":650000,"rows_total":null,"rejected":12,"rows_per_second":90000,"bytes_per_second":4200000,"seconds_left":8}

`;

const importQuery = Type.Object({
  ...filesQuery,
  max_rejects: Type.Number({
    minimum: 0,
    maximum: 1,
    default: defaultMaxRejects,
    description: 'The share of rows that may be rejected; above it, nothing is written.',
  }),
});

export async function importRoutes(app: App, database: Database, runner: ImportRunner): Promise<void> {
  const find = async (id: string): Promise<ImportState> => {
    const found = await findImport(database, id);
    if (!found) throw problems.notFound(`There is no import ${id}.`);
    return found;
  };
  /** Reads imports' state, and again when one of them runs elsewhere: the task that ran it may have died, with nobody to say so. */
  const upToDate = async (read: () => Promise<ImportState[]>): Promise<ImportState[]> => {
    const found = await read();
    if (!found.some(({ id, state }) => state === 'running' && !runner.isUnderWay(id))) return found;
    await failInterruptedImports(database);
    return read();
  };
  const findNow = async (id: string): Promise<ImportState> =>
    (await upToDate(async () => [await find(id)]))[0] as ImportState;
  const events = new ImportEvents({ database, runner, log: app.log });
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
      const { limit, cursor } = request.query;
      const after = cursor === undefined ? undefined : decodeCursor(cursor, uuid);
      const found = await upToDate(() => listImports(database, after, limit + 1));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      if (last && found.length > limit) reply.header('link', nextPage(request.url, encodeCursor(last.id)));
      return reply.send(items);
    },
  );

  app.get(
    '/api/imports/:id',
    {
      schema: {
        summary: 'How far an import or an undo is',
        params,
        querystring: noParameters,
        response: { 200: Import },
      },
    },
    async (request, reply) => reply.send(await findNow(request.params.id)),
  );

  app.get(
    '/api/imports/:id/events',
    {
      schema: {
        summary: 'How far an import or an undo is, told as it goes on, as server-sent events',
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
      // Without a body there is nothing to wait for.
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const stream = events.listen(await findNow(request.params.id));
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
          'One that has not ended is cancelled, and writes nothing: `200`. One that is finished is undone, as a revision of its own; that needs the ' +
          'scope `admin`, and is refused with `409` when a later revision has changed what it wrote. An undo is under way with `202`: it goes on as an ' +
          'import does, and is asked about, cancelled and undone in turn in the same way, where `Location` says.',
        params,
        querystring: noParameters,
        response: { 200: Import, 202: Import },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (await cancelImport(database, id)) {
        runner.abort(id);
        return reply.send(await find(id));
      }
      const { state, revision, undoes } = await find(id);
      if (state !== 'finished') {
        throw problems.conflict(`The ${undoes === null ? 'import' : 'undo'} has ended already: it is ${state}.`);
      }
      if (revision === null) throw problems.conflict('The import changed nothing, so there is nothing to undo.');
      requireScope(request, 'admin');
      const undo = await beginUndo(database, runner, revision, authorOf(request));
      return reply.code(202).header('location', `/api/imports/${undo.id}`).send(undo);
    },
  );

  app.get(
    '/api/imports/:id/rejects',
    {
      schema: {
        summary: 'The rows that an import rejected, as CSV; mended, it can be imported',
        params,
        querystring: noParameters,
      },
    },
    async (request, reply) => {
      const { id } = await find(request.params.id);
      const rejects = rejectsOf(database, id);
      // The first are read before anything is sent, while an error can still be told.
      const first = await rejects.next();
      return reply
        .headers({
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="rejects-${id}.csv"`,
        })
        .send(Readable.from(csv(first.value ?? [], rejects)));
    },
  );

  await app.register(async (scope) => {
    await takeFiles(scope);
    scope.post(
      '/api/imports',
      {
        config: { scope: 'write' },
        schema: {
          summary: 'Import sales files',
          description:
            'Files as multipart/form-data, or one file as the body itself. The mapping may also be a field of the form, `mapping`.',
          querystring: importQuery,
          response: { 202: Import },
        },
      },
      async (request, reply) => {
        const query = request.query as Static<typeof importQuery>;
        const { id: marketId } = await findMarket(database, query.market);
        const id = randomUUID();
        const { files, mapping } = await receiveFiles(request, runner.directoryOf(id), query);
        const author = authorOf(request);
        try {
          await addImport(database, { id, marketId, author, files: files.map(({ name, bytes }) => ({ name, bytes })) });
        } catch (error) {
          await runner.giveUp(id);
          throw error;
        }
        const { format, max_rejects: maxRejects } = query;
        runner.add({ importId: id, marketId, author, files, format, mapping, maxRejects });
        return reply
          .code(202)
          .header('location', `/api/imports/${id}`)
          .send(await find(id));
      },
    );
  });
}

async function* csv(first: Reject[], following: AsyncIterable<Reject[]>): AsyncGenerator<string> {
  yield csvLine(rejectColumns) + first.map(rejectLine).join('');
  for await (const rejects of following) yield rejects.map(rejectLine).join('');
}

function rejectLine(reject: Reject): string {
  return csvLine(rejectColumns.map((column) => String(reject[column] ?? '')));
}

/** As RFC 4180 has it. */
function csvLine(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\r\n`;
}
