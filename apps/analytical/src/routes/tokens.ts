import { addToken, type Database, findToken, listTokens, revokeToken } from '@property-insights/database';
import { type Access, type App, problems } from '@property-insights/service';
import { Type } from 'typebox';
import { page, parseNumber, readPage } from '../pagination.ts';
import { id, line, moment, noParameters, nullable, optional } from '../schemas/common.ts';

const scope = Type.Enum(['read', 'write', 'admin'], { description: 'Each includes those before it' });

const NewToken = Type.Object({
  name: line(100),
  scope,
  expires_at: optional(Type.String({ format: 'date-time' })),
});

const shown = {
  id,
  name: Type.String(),
  scope,
  created_at: moment,
  expires_at: nullable(moment),
  last_used_at: nullable(Type.Unsafe<Date>({ ...moment, description: 'To the minute' })),
  revoked_at: nullable(moment),
};

const Token = Type.Object(shown);

/** Tokens are managed by bearers of one with the scope admin. */
const config = { scope: 'admin' } as const;

export function tokenRoutes(app: App, database: Database, access: Access): void {
  app.get(
    '/api/tokens',
    {
      config,
      schema: {
        summary: 'Tokens, by id; those revoked and expired too',
        querystring: Type.Object(page),
        response: { 200: Type.Array(Token) },
      },
    },
    async (request, reply) => {
      const items = await readPage(request, reply, {
        parse: parseNumber,
        read: (after = 0, limit) => listTokens(database, after, limit),
        positionOf: ({ id }) => id,
      });
      return reply.header('cache-control', 'no-store').send(items);
    },
  );

  app.post(
    '/api/tokens',
    {
      config,
      schema: {
        summary: 'Make a token',
        description: 'Its text is shown in this answer, and never again.',
        querystring: noParameters,
        body: NewToken,
        response: { 201: Type.Object({ ...shown, token: Type.String() }) },
      },
    },
    async ({ body }, reply) => {
      const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
      if (expiresAt && !(expiresAt.getTime() > Date.now())) {
        throw problems.invalid(`Member "expires_at" must be a time to come, not "${body.expires_at}".`);
      }
      const { token, row } = await addToken(database, { name: body.name.trim(), scope: body.scope, expiresAt });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...row, token });
    },
  );

  app.delete(
    '/api/tokens/:id',
    {
      config,
      schema: {
        summary: 'Revoke a token',
        description: 'It is refused at once by the task that answers, and within five seconds by every other.',
        params: Type.Object({ id }),
        querystring: noParameters,
        response: { 200: Token },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const revoked = await revokeToken(database, id);
      access.forget();
      const token = await findToken(database, id);
      if (!token) throw problems.notFound(`There is no token ${id}.`);
      if (!revoked)
        throw problems.conflict('This is the last token with the scope admin: make another before it goes.');
      return reply.send(token);
    },
  );
}
