import type { FastifyRequest } from 'fastify';

/** The load balancer's id for the request's trace, which joins its log to ours; undefined without a load balancer. */
export function traceId({ headers }: FastifyRequest): string | undefined {
  const trace = headers['x-amzn-trace-id'];
  return typeof trace === 'string' ? trace.match(/\bRoot=(1-[0-9a-f]{8}-[0-9a-f]{24})\b/)?.[1] : undefined;
}
