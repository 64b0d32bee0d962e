import { Pool } from '@property-insights/analytics';
import { abortOnDisconnect, ignoreDisconnect } from '@property-insights/question-routes';
import { escapeHtml } from '@property-insights/reports';
import { type App, authorOf, type Problem, problems } from '@property-insights/service';
import { pageOf, readPage, withoutPosition } from '@property-insights/service/pagination';
import { id, moment, noParameters, nullable } from '@property-insights/service/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import {
  addShareLink,
  countOpening,
  findShareLink,
  isPassword,
  listShareLinks,
  type OpenedLink,
  revokeShareLink,
} from '../data/share-links.ts';
import { acceptedForm, type Extension, extensions } from '../forms.ts';
import type { ReportParts } from '../make-report.ts';
import { namedParameters, reportNamed } from '../named-report.ts';
import { page } from '../page.ts';
import { schemaOf, sendReport } from './report.ts';

const NewLink = Type.Object(
  {
    ...namedParameters,
    password: Type.Optional(
      Type.String({
        minLength: 10,
        maxLength: 200,
        description: 'Required to open the link. If it is omitted, the path alone opens it.',
      }),
    ),
    expires_at: Type.Optional(Type.String({ format: 'date-time', description: 'When the link ends.' })),
    origins: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^(https://[a-z0-9.-]{1,253}|http://localhost)(:\\d{1,5})?$',
          'x-expected': 'an origin, such as https://example.org',
        }),
        { maxItems: 10, description: 'The sites whose pages may embed the report; none by default.' },
      ),
    ),
  },
  { additionalProperties: false },
);

const shown = {
  id: Type.Integer(),
  report: Type.String(),
  parameters: Type.Unsafe<object>({ type: 'object' }),
  origins: Type.Array(Type.String()),
  author: Type.String({ description: 'The token of its maker, with which it ends.' }),
  created_at: moment,
  expires_at: nullable(moment),
  revoked_at: nullable(moment),
  opened: Type.Integer({ description: 'How often it was opened.' }),
  last_opened_at: nullable(moment),
  has_password: Type.Boolean(),
};
const config = { scope: 'write' } as const;

/** Makes, lists and revokes links that open one report without a token, and opens them. */
export function shareLinkRoutes(app: App, parts: ReportParts): void {
  const { database } = parts;
  /** The token whose links a request may see and revoke; undefined for all. */
  const ownOnly = ({ token }: FastifyRequest) => (token?.scope === 'admin' ? undefined : token?.id);

  app.post(
    '/reporting/links',
    {
      config,
      schema: {
        summary: 'Make a link that opens one report without a token',
        description:
          'Only this response contains the path of the link. The link ends when the token of its maker does.',
        querystring: noParameters,
        body: NewLink,
        response: { 201: Type.Object({ ...shown, path: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { report, parameters = {}, password, expires_at, origins = [] } = request.body;
      const { query } = await reportNamed(database, report, parameters);
      const replica = await parts.replica;
      const { market } = await replica.describe(query.market, query.as_of, replica.budgets.of(request.caller));
      const expiresAt = expires_at ? new Date(expires_at) : null;
      if (expiresAt && !(expiresAt.getTime() > Date.now())) {
        throw problems.invalid(`Member "expires_at" must be in the future, not "${expires_at}".`);
      }
      const author = authorOf(request);
      const tokenId = request.token?.id as number;
      const added = await addShareLink(database, {
        tokenId,
        author,
        report,
        // The default market may change, to one that the link must not show.
        parameters: { ...parameters, market: market.code },
        password,
        origins,
        expiresAt,
      });
      return reply.code(201).send({ ...added.link, path: `/reporting/shared/${added.secret}` });
    },
  );

  app.get(
    '/reporting/links',
    {
      config,
      schema: {
        summary:
          'The links that the token has made, the open ones first, and of these the last; all links for an administrator',
        querystring: Type.Object(pageOf(1_000)),
        response: { 200: Type.Array(Type.Object(shown)) },
      },
    },
    async (request, reply) => {
      const links = await readPage(request, reply, {
        parse: (text) => (/^[01]:\d{1,15}$/.test(text) ? text : undefined),
        read: (after, limit) => listShareLinks(database, ownOnly(request), after, limit),
        positionOf: ({ position }) => position,
      });
      return reply.send(links.map(withoutPosition));
    },
  );

  app.delete(
    '/reporting/links/:id',
    { config, schema: { summary: 'Revoke a link', params: Type.Object({ id }), querystring: noParameters } },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await revokeShareLink(database, id, ownOnly(request)))) throw problems.notFound(`There is no link ${id}.`);
      return reply.code(204).send();
    },
  );

  openingRoutes(app, parts);
}

const params = Type.Object({
  secret: Type.String({
    pattern: '^[\\w-]{1,100}$',
    'x-expected': 'that of a link',
    description: 'The secret of a link, from its path.',
  }),
});

/** Passwords that wait to be checked. */
const maxChecks = 16;

function openingRoutes(app: App, parts: ReportParts): void {
  // One at a time: a check occupies one of the few threads that new connections to the database need too.
  const checks = new Pool([0], maxChecks);
  const path = '/reporting/shared/:secret';
  const described = schemaOf({
    name: 'shared/{secret}',
    summary: 'The report of a link',
    example: {},
    parameters: noParameters,
  });
  const schema = { ...described, params, querystring: noParameters };
  const config = { scope: 'none', metered: true, secretPath: true } as const;
  const open = async (request: FastifyRequest, reply: FastifyReply, extension: Extension) => {
    const { secret } = request.params as Static<typeof params>;
    const { replica, database } = parts;
    const link = await findShareLink(database, secret);
    const ended = endOf(link);
    if (ended && extension === 'html') return sendEnd(reply, ended);
    if (ended || !link) throw ended;
    const { password } = link;
    if (password) {
      const opened = await replica;
      const budget = opened.budgets.of(request.caller);
      const given = passwordOf(request);
      const check = () => opened.spend(budget, () => isPassword(given, password));
      const isRight = await checks.use(check, abortOnDisconnect(reply), budget).catch(ignoreDisconnect(reply));
      if (isRight === undefined) return reply;
      if (!isRight) throw problems.passwordNeeded();
    }
    const input = await reportNamed(database, link.report, link.parameters);
    if (request.method === 'GET' && extension !== 'png') await countOpening(database, link.id);
    // A site that shows the picture knows no password.
    const picturePath = password ? undefined : `/reporting/shared/${secret}.png`;
    return sendReport(request, reply, { ...input, extension, picturePath, headers: headersOf(reply, link) }, parts);
  };
  app.get(path, { schema, config }, (request, reply) => open(request, reply, acceptedForm(request)));
  for (const extension of extensions) {
    app.get(`${path}.${extension}`, { schema: { ...schema, hide: true }, config }, (request, reply) =>
      open(request, reply, extension),
    );
  }
}

/** Why a link does not open; undefined if it does. */
function endOf(link: OpenedLink | undefined): Problem | undefined {
  if (!link) return problems.notFound('There is no such link.');
  if (link.revoked_at) return problems.gone('This link has been revoked.');
  if (link.expired) return problems.gone('This link has expired.');
  if (link.maker_is_valid) return undefined;
  return problems.gone('This link has ended, because the token of its maker is no longer valid.');
}

/** A page for people, who opened the link in a browser. */
function sendEnd(reply: FastifyReply, { status, message }: Problem): FastifyReply {
  const text = `${escapeHtml(message)} Ask its sender for another one.`;
  return reply
    .code(status)
    .headers({ 'x-robots-tag': 'noindex', vary: 'accept' })
    .type('text/html; charset=utf-8')
    .send(page('The report cannot be opened', `<p>${text}</p>`));
}

/** Browsers ask for a password by themselves (RFC 7617). The name of the user is ignored. @throws a 401 problem if there is none */
function passwordOf({ headers }: FastifyRequest): string {
  const [, encoded] = /^basic +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (!encoded) throw problems.passwordNeeded();
  const credentials = Buffer.from(encoded, 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}

/** Headers of a shared report: no cache may keep it for others, no search engine lists it, and it may be embedded where its maker says. */
function headersOf(reply: FastifyReply, { origins }: OpenedLink): Record<string, string> {
  const policy = String(reply.getHeader('content-security-policy'));
  return {
    'cache-control': 'private, no-cache',
    'x-robots-tag': 'noindex',
    ...(origins.length > 0 && {
      'content-security-policy': policy.replace("frame-ancestors 'none'", `frame-ancestors ${origins.join(' ')}`),
    }),
  };
}
