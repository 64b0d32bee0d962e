import { citation, citedParameters, type Question, queryOf, type Replica } from '@property-insights/analytics';
import { type App, prefers } from '@property-insights/service';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type Static, type TObject, type TSchema, Type } from 'typebox';
import {
  cited,
  citedHeaders,
  completeHeader,
  coveredBy,
  coveredHeaders,
  notice,
  noticeHeader,
  placingNotice,
} from './cited.ts';
import { matchesEtag } from './conditional.ts';
import { rawParameter, toCsv } from './csv.ts';
import { abortOnDisconnect, ignoreDisconnect } from './disconnect.ts';

/**
 * Adds the route of a question: `GET` with the question's parameters, and with `as_of` for an earlier version of the market. It responds with the
 * answer, as JSON or, if the client prefers `text/csv`, as CSV, and with the version in a strong ETag; with 304 if the client has this answer. Clients may cache an answer but must
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
    querystring: Type.Object(
      { ...question.parameters.properties, ...citedParameters, ...rawParameter },
      { additionalProperties: false },
    ),
    response: {
      200: {
        description: 'The answer',
        headers: {
          etag: { type: 'string', description: 'The version and the answer, for `If-None-Match`.' },
          ...citedHeaders,
          ...coveredHeaders,
          [completeHeader]: {
            type: 'string',
            description: 'Of CSV: `true` if it has all rows, `false` if Link states the address of the rest.',
          },
          [noticeHeader]: {
            type: 'string',
            description: [
              'While a gazetteer places the sales of the market: the version that is awaited.',
              ...(changedDefault ? [`Since ${changedDefault.since}: ${changedDefault.sentence}`] : []),
            ].join(' '),
          },
        },
        content: {
          'application/json': { schema: withCitation(question.result) },
          'text/csv': { schema: { type: 'string', description: `A header, then ${rows(question)}.` } },
        },
      },
      304: { description: 'The client already has this answer.' },
    },
  };
  app.get(path, { schema, config: { metered: true } }, (request, reply) =>
    sendAnswer(request, reply, {
      path,
      question,
      parameters: request.query as AnswerInput['parameters'],
      replica,
      csv: prefers(request, 'text/csv'),
    }),
  );
}

type CitedParameters = Static<TObject<typeof citedParameters & typeof rawParameter>>;

export interface AnswerInput {
  /** By which the answer is cited. */
  path: string;
  question: Question;
  /** Validated by the schema of the route. */
  parameters: CitedParameters & Record<string, unknown>;
  replica: Promise<Replica>;
  /** Whether to answer as CSV. */
  csv: boolean;
}

/** Sends the answer to a question, as `answerRoute` describes. */
export async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, question, parameters: { as_of: asOf, cited: digest, raw, ...parameters }, replica, csv }: AnswerInput,
): Promise<FastifyReply> {
  const { changedDefault } = question;
  const opened = await replica;
  const options = {
    address: `${request.protocol}://${request.host}${path}`,
    asOf,
    cited: digest,
    caller: () => abortOnDisconnect(reply),
    budget: () => opened.budgets.of(request.caller),
  };
  const answer = await opened.answer(question, parameters, options).catch(ignoreDisconnect(reply));
  if (!answer) return reply;
  const etag = csv ? `${answer.etag.slice(0, -1)}-${raw ? 'raw-' : ''}csv"` : answer.etag;
  const placing = placingNotice(answer);
  // RFC 9110 requires only these headers of a 304; a cache keeps the others. The placement can begin after the client got the answer.
  reply.headers({ etag, 'cache-control': 'no-cache', vary: 'accept' });
  if (placing) reply.header(noticeHeader, placing);
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  reply.headers({
    'content-type': csv ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8',
    ...cited(answer.version, answer.citation.address),
    ...coveredBy(answer),
    ...notice([changedDefault?.sentence, placing]),
  });
  if (!csv) return reply.send(answer.body);
  const result = resultOf(answer.body);
  const rest = question.rest?.(result, parameters);
  reply.header(completeHeader, String(!rest));
  const link = reply.getHeader('link');
  if (rest && link) {
    const query = queryOf({ ...parameters, ...rest, as_of: answer.version, raw });
    reply.header('link', `${link}, <${options.address}?${query}>; rel="next"`);
  }
  return reply.send(toCsv(question, result, { raw }));
}

/** The result of a question with the members that every answer has. A list has none. */
function withCitation(result: TSchema): TSchema {
  if (!('properties' in result)) return result;
  const version = Type.Integer({ description: 'The version of the market that the answer is from.' });
  return Type.Object({ ...(result as TObject).properties, version, citation });
}

/** The result in the body of an answer. */
function resultOf(body: Buffer): unknown {
  const answer = JSON.parse(body.toString());
  if (Array.isArray(answer)) return answer;
  const { version: _, citation: __, ...result } = answer;
  return result;
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
