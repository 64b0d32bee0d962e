import type { FastifyRequest } from 'fastify';

/**
 * Whether the client prefers a media type and names it. Programs that send a wildcard or no `Accept` get the default: JSON or plain text,
 * which therefore precede it.
 */
export function prefers(request: FastifyRequest, mediaType: 'text/html' | 'text/csv'): boolean {
  return request.accepts().type(['application/json', 'text/plain', mediaType]) === mediaType;
}
