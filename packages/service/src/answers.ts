/** Questions over HTTP: each is one route, whose parameters, result and description are the question's own. */
import type { Question, Replica } from '@property-insights/analytics';
import type { FastifySchema } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import type { App } from './service.ts';

/**
 * Answers a question at a path: 200 with the answer, which the replica has serialized, and its version in a strong ETag; 304 without a body
 * when the caller holds that very answer. It may be kept, but is asked about before each use, so nobody is shown a stale one.
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
    querystring: question.parameters,
    response: { 200: question.result },
  };
  app.get(path, { schema }, async (request, reply) => {
    const { etag, body } = await (await replica).answer(question, request.query as Static<P>);
    reply.headers({ etag, 'cache-control': 'no-cache', 'content-type': 'application/json; charset=utf-8' });
    return holds(request.headers['if-none-match'], etag) ? reply.code(304).send() : reply.send(body);
  });
}

/** Whether an `If-None-Match` names the ETag. The comparison is the weak one, as RFC 9110 asks: a proxy that compresses marks ours `W/`. */
export function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
