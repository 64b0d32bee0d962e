import type { FastifyRequest } from 'fastify';

/**
 * Whether the client prefers a media type and names it. Programs that send a wildcard or no `Accept` get the default: JSON or plain text,
 * which therefore precede it.
 */
export function prefers(request: FastifyRequest, mediaType: 'text/html' | 'text/csv'): boolean {
  return namesForms(request) && request.accepts().type(['application/json', 'text/plain', mediaType]) === mediaType;
}

/** Whether the client names a media type, which programs seldom do. To parse `Accept` takes longer. */
export function namesForms({ headers: { accept } }: FastifyRequest): boolean {
  return accept !== undefined && accept !== '*/*';
}
