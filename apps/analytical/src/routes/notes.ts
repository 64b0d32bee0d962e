import { addNote, type Database, listNotes, maxNoteLength, maxNotes, removeNote } from '@property-insights/database';
import { type App, authorOf, problems } from '@property-insights/service';
import { line, marketCode, noParameters } from '@property-insights/service/schemas';
import { Type } from 'typebox';
import { findMarketId } from '../data/markets.ts';

const path = '/api/markets/:code/notes';
const params = Type.Object({ code: marketCode });
const id = Type.String({ format: 'uuid', description: 'As the list returns it.' });

const day = Type.String({ format: 'date', description: 'The day on the charts.' });
const text = line(maxNoteLength, 'A sentence, such as a change of law.');
const Note = Type.Object({ id, day, text });
const written = {
  revision: Type.Integer({ description: 'The revision, which can be undone.' }),
  version: Type.Integer({ description: 'The first version of the market that shows the change.' }),
};

/** Dated sentences that charts of a market show. */
export function noteRoutes(app: App, database: Database): void {
  app.get(
    path,
    {
      schema: {
        summary: 'The notes on the charts of a market, by day',
        params,
        querystring: Type.Object({
          as_of: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: Number.MAX_SAFE_INTEGER,
              description: 'The version of the market; the current one by default.',
            }),
          ),
        }),
        response: { 200: Type.Array(Note) },
      },
    },
    async ({ params, query }, reply) => {
      const id = await findMarketId(database, params.code);
      return reply.send(await listNotes(database, id, query.as_of));
    },
  );

  app.post(
    path,
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Add a note to the charts of a market',
        description:
          'Undoing the revision removes it. Refused with `409` while an import or an undo writes to the market.',
        params,
        querystring: noParameters,
        body: Type.Object({ day, text }, { additionalProperties: false }),
        response: { 201: Type.Object({ id, day, text, ...written }) },
      },
    },
    async (request, reply) => {
      const id = await findMarketId(database, request.params.code);
      const { day, text } = request.body;
      const added = await addNote(database, id, { day, text: text.trim() }, authorOf(request));
      if (!added) throw problems.conflict(`The market has ${maxNotes} notes, which is the maximum; remove one.`);
      const { result, revisionId: revision, version } = added;
      return reply.code(201).send({ ...result, revision, version });
    },
  );

  app.delete(
    `${path}/:id`,
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Remove a note',
        description: 'Undoing the revision restores it.',
        params: Type.Object({ code: marketCode, id }),
        querystring: noParameters,
        response: { 200: Type.Object(written) },
      },
    },
    async (request, reply) => {
      const { code, id: note } = request.params;
      const id = await findMarketId(database, code);
      const removed = await removeNote(database, id, note, authorOf(request));
      if (!removed) throw problems.notFound(`The market "${code}" has no note ${note}.`);
      return reply.send({ revision: removed.revisionId, version: removed.version });
    },
  );
}
