/** Cancels the work for a client that has disconnected. */
import type { FastifyReply } from 'fastify';

const disconnected = new Error('The client disconnected.');

/** A signal that aborts if the client disconnects before it has the whole response, or has done so already. */
export function abortOnDisconnect({ raw }: FastifyReply): AbortSignal {
  if (raw.destroyed) return AbortSignal.abort(disconnected);
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(disconnected);
  });
  return controller.signal;
}

/** A handler for rejections: it sends no response after a disconnect, and throws any other error. */
export function ignoreDisconnect(reply: FastifyReply): (error: unknown) => undefined {
  return (error) => {
    if (error !== disconnected) throw error;
    reply.hijack();
  };
}
