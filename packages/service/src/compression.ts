import { constants } from 'node:zlib';
import fastifyCompress from '@fastify/compress';
import type { FastifyReply, onSendHookHandler } from 'fastify';
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
    globalDecompression: false,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: quality } },
  });
  // The plugin has added its hook to the route as the last.
  app.addHook('onRoute', (route) => {
    const hooks = [route.onSend ?? []].flat();
    const compress = hooks.pop();
    if (compress) route.onSend = [...hooks, withWeakEtag(compress)];
  });
}

/** Compresses a response that has a body. Most answers of a busy service have none: their clients know them. */
function withWeakEtag(compress: onSendHookHandler): onSendHookHandler {
  return function onSend(request, reply, payload, done) {
    if (payload === undefined || payload === null) return done(null, payload);
    compress.call(this, request, reply, payload, (error?: Error | null, compressed?: unknown) => {
      weakenEtag(reply);
      done(error as null, compressed);
    });
  };
}

function weakenEtag(reply: FastifyReply): void {
  const etag = reply.getHeader('etag');
  if (reply.hasHeader('content-encoding') && typeof etag === 'string' && etag.startsWith('"')) {
    reply.header('etag', `W/${etag}`);
  }
}
