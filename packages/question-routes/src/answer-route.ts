import type { Question, Replica } from '@property-insights/analytics';
import { type App, prefers } from '@property-insights/service';
import type { FastifySchema } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import { matchesEtag } from './conditional.ts';
import { toCsv } from './csv.ts';
import { abortOnDisconnect, ignoreDisconnect } from './disconnect.ts';

/** Announces that a default of the question changed in this release. */
const noticeHeader = 'property-insights-notice';

/**
 * Adds the route of a question: `GET` with the question's parameters. It responds with the answer, as JSON or, if the client prefers
 * `text/csv`, as CSV, and with the version in a strong ETag; with 304 if the client has this answer. Clients may cache an answer but must
 * revalidate it before each use, so that no answer is stale. A question is cancelled when its last client disconnects.
 * @param replica may still be opening: a service listens before its replica has caught up
 */
export function answerRoute<P extends TObject, R extends TSchema>(
  app: App,
  path: string,
  question: Question<P, R>,
  replica: Promise<Replica>,
): void {
  const { changedDefault } = question;
  const schema: FastifySchema = {
    summary: question.summary,
    description: describe(path, question),
    querystring: question.parameters,
    response: {
      200: {
        description: 'The answer',
        headers: {
          etag: { type: 'string', description: 'The version and the answer, for `If-None-Match`.' },
          ...(changedDefault && {
            [noticeHeader]: {
              type: 'string',
              description: `Since ${changedDefault.since}: ${changedDefault.sentence}`,
            },
          }),
        },
        content: {
          'application/json': { schema: question.result },
          'text/csv': { schema: { type: 'string', description: `A header, then ${rows(question)}.` } },
        },
      },
      304: { description: 'The client already has this answer.' },
    },
  };
  app.get(path, { schema }, async (request, reply) => {
    const signal = () => abortOnDisconnect(reply);
    const answer = await (await replica)
      .answer(question, request.query as Static<P>, signal)
      .catch(ignoreDisconnect(reply));
    if (!answer) return reply;
    const csv = prefers(request, 'text/csv');
    const etag = csv ? `${answer.etag.slice(0, -1)}-csv"` : answer.etag;
    reply.headers({
      etag,
      'cache-control': 'no-cache',
      'content-type': csv ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8',
      vary: 'accept',
      ...(changedDefault && { [noticeHeader]: changedDefault.sentence }),
    });
    if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.send(csv ? toCsv(question, JSON.parse(answer.body.toString())) : answer.body);
  });
}

/** The description of a question, in Markdown. */
function describe(path: string, question: Question): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(question.example ?? {})) {
    for (const each of [value].flat()) query.append(name, String(each));
  }
  const example = query.size > 0 ? `${path}?${query}` : path;
  const paragraphs = [question.about, `As CSV, ${rows(question)}.`, `For example \`${example}\`.`];
  return paragraphs.filter(Boolean).join('\n\n');
}

/** The rows of a question's answer as CSV, in words. */
function rows({ table, result }: Question): string {
  if (table) return `a row for each of \`${table}\``;
  return 'items' in result ? 'a row for each' : 'a row for each value: `member,value`';
}
