/** Questions over HTTP: each is one route, whose parameters, result and description are the question's own. */
import { type ExportFormat, filtersOnly, type Question, type Replica } from '@property-insights/analytics';
import type { FastifyReply, FastifySchema } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import { toCsv } from './csv.ts';
import { prefers } from './pages.ts';
import type { App } from './service.ts';

/**
 * Answers a question at a path: 200 with the answer, which the replica has serialized, and its version in a strong ETag; 304 without a body
 * when the caller holds that very answer. It may be kept, but is asked about before each use, so nobody is shown a stale one. Who prefers
 * `text/csv` gets that. A question is stopped when nobody waits for it any longer.
 * @param replica may still be opening: a service listens, and is alive, before it has caught up
 */
export function answerRoute<P extends TObject, R extends TSchema>(
  app: App,
  path: string,
  question: Question<P, R>,
  replica: Promise<Replica>,
): void {
  const schema: FastifySchema = {
    summary: question.summary,
    description: describe(path, question),
    querystring: question.parameters,
    response: {
      200: {
        description: 'The answer',
        headers: {
          etag: { type: 'string', description: 'For `If-None-Match`: the version and the answer.' },
        },
        content: {
          'application/json': { schema: question.result },
          'text/csv': { schema: { type: 'string', description: `A header, then ${rows(question)}.` } },
        },
      },
      304: { description: 'The caller holds this very answer.' },
    },
  };
  app.get(path, { schema }, async (request, reply) => {
    const gone = () => whenGone(reply);
    const answer = await (await replica).answer(question, request.query as Static<P>, gone).catch(ifThere(reply));
    if (!answer) return reply;
    const csv = prefers(request.headers.accept, 'text/csv');
    const etag = csv ? `${answer.etag.slice(0, -1)}-csv"` : answer.etag;
    reply.headers({
      etag,
      'cache-control': 'no-cache',
      'content-type': csv ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8',
      vary: 'accept',
    });
    if (holds(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.send(csv ? toCsv(question, JSON.parse(answer.body.toString())) : answer.body);
  });
}

/** What a reader should know of a question, in Markdown. */
function describe(path: string, question: Question): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(question.example ?? {})) {
    for (const each of [value].flat()) query.append(name, String(each));
  }
  const example = query.size > 0 ? `${path}?${query}` : path;
  const sentences = [question.about, `As CSV, ${rows(question)}.`, `For example \`${example}\`.`];
  return sentences.filter(Boolean).join('\n\n');
}

/** What CSV has of a question's answer. */
function rows({ table, result }: Question): string {
  if (table) return `a row for each of \`${table}\``;
  return 'items' in result ? 'a row for each' : 'a row for each value: `member,value`';
}

const mediaTypes: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
};

/** Every sale that fits the filters as one file, streamed, at a path. */
export function exportRoute(app: App, path: string, format: ExportFormat, replica: Promise<Replica>): void {
  const schema: FastifySchema = {
    summary: `Every sale that fits, as one ${format === 'csv' ? 'CSV' : 'Parquet'} file`,
    description:
      'Streamed, whatever its size, in no particular order; the columns are the members of a sale in `sales`.',
    querystring: filtersOnly,
    response: {
      200: {
        description: 'The file',
        content: { [mediaTypes[format].split(';')[0] as string]: { schema: { type: 'string', format: 'binary' } } },
      },
    },
  };
  // To tell a file's length, it would have to be made.
  app.get(path, { schema, exposeHeadRoute: false }, async (request, reply) => {
    const filters = request.query as Static<typeof filtersOnly>;
    const file = await (await replica).export(format, filters, whenGone(reply)).catch(ifThere(reply));
    if (!file) return reply;
    return reply
      .headers({
        'cache-control': 'no-store',
        'content-type': mediaTypes[format],
        'content-length': file.bytes,
        'content-disposition': `attachment; filename="sales-${file.market.code}-${file.version}.${format}"`,
      })
      .send(file.stream);
  });
}

/** Why what was asked is stopped when the caller has gone. */
const callerGone = new Error('The caller has gone.');

/** A signal for the caller having gone before the answer, or already. */
function whenGone({ raw }: FastifyReply): AbortSignal {
  if (raw.destroyed) return AbortSignal.abort(callerGone);
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(callerGone);
  });
  return controller.signal;
}

/** Passes errors on, but that the caller has gone: there is nobody to tell. */
function ifThere(reply: FastifyReply): (error: unknown) => undefined {
  return (error) => {
    if (error !== callerGone) throw error;
    reply.hijack();
  };
}

/** Whether an `If-None-Match` names the ETag. The comparison is the weak one, as RFC 9110 asks: a proxy that compresses marks ours `W/`. */
export function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
