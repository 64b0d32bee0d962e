import {
  addToken,
  type Database,
  findToken,
  listTokens,
  minAdminHours,
  revokeToken,
} from '@property-insights/database';
import { type Access, type App, problems } from '@property-insights/service';
import { page, parseNumber, readPage } from '@property-insights/service/pagination';
import { id, line, moment, noParameters, nullable, optional } from '@property-insights/service/schemas';
import { Type } from 'typebox';

const scope = Type.Enum(['read', 'write', 'admin'], { description: 'Each scope includes those before it' });

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
  last_used_at: nullable(Type.Unsafe<Date>({ ...moment, description: 'Accurate to a minute' })),
  revoked_at: nullable(moment),
};

const Token = Type.Object(shown);

/** Managing tokens needs a token with the scope admin. */
const config = { scope: 'admin' } as const;

export function tokenRoutes(app: App, database: Database, access: Access): void {
  app.get(
    '/api/access',
    {
      config: { scope: 'none' },
      schema: {
        summary: 'What the token of the request allows',
        description: 'Without a token, every member is null. Refused with `401` if the token is not valid.',
        querystring: noParameters,
        response: {
          200: Type.Object({
            name: nullable(Type.String({ description: 'Of the token.' })),
            scope: nullable(scope),
            expires_at: nullable(moment),
          }),
        },
      },
    },
    async ({ headers: { authorization } }, reply) => {
      const token = authorization === undefined ? undefined : await access.admit(authorization, 'read');
      const { name = null, scope = null, expires_at = null } = token ?? {};
      return reply.send({ name, scope, expires_at });
    },
  );

  app.get(
    '/api/tokens',
    {
      config,
      schema: {
        summary: 'Tokens, by id, including revoked and expired ones',
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
      return reply.send(items);
    },
  );

  app.post(
    '/api/tokens',
    {
      config,
      schema: {
        summary: 'Create a token',
        description: 'Only this response contains the text of the token.',
        querystring: noParameters,
        body: NewToken,
        response: { 201: Type.Object({ ...shown, token: Type.String() }) },
      },
    },
    async ({ body }, reply) => {
      const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
      if (expiresAt && !(expiresAt.getTime() > Date.now())) {
        throw problems.invalid(`Member "expires_at" must be in the future, not "${body.expires_at}".`);
      }
      const { token, row } = await addToken(database, { name: body.name.trim(), scope: body.scope, expiresAt });
      return reply.code(201).send({ ...row, token });
    },
  );

  app.delete(
    '/api/tokens/:id',
    {
      config,
      schema: {
        summary: 'Revoke a token',
        description: `The task that answers refuses the token at once, and every other task within five seconds. A token with the scope admin is revoked only if another one is valid for at least ${minAdminHours} hours.`,
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
        throw problems.conflict(
          `No other token with the scope admin is valid for at least ${minAdminHours} hours. Create one before you revoke this.`,
        );
      return reply.send(token);
    },
  );
}
