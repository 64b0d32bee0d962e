import { constants } from 'node:zlib';
import fastifyCompress from '@fastify/compress';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';

/** Bytes from which on a response is compressed. Below, it fits into a packet or two either way. */
const minBytes = 1_024;

/** At this quality brotli takes the time of gzip and gives less. */
const quality = 4;

/**
 * Compresses text, such as pages, JSON and CSV, if the client accepts it; streams of events are left as they are. A strong ETag becomes a weak one, because it
 * identifies the bytes that were not compressed; `matchesEtag` compares weakly.
 */
export async function compressResponses(app: App): Promise<void> {
  await app.register(fastifyCompress, {
    threshold: minBytes,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: quality } },
  });
  // The plugin adds its hook to each route, so this one, added later, runs after it.
  app.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), weakenEtag];
  });
}

async function weakenEtag(_request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  const etag = reply.getHeader('etag');
  if (reply.hasHeader('content-encoding') && typeof etag === 'string' && etag.startsWith('"')) {
    reply.header('etag', `W/${etag}`);
  }
  return payload;
}
