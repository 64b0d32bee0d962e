import type { Answer, Path, Query } from '@property-insights/api-types';

/** An error response of the service, or the lack of a response, described for a person. */
export class Problem extends Error {
  override name = 'Problem';
  /** The HTTP status; undefined if there was no response. */
  readonly status: number | undefined;

  constructor(status: number | undefined, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether a retry may succeed. A request that the service rejected as wrong stays wrong; a service that is busy or starting recovers. */
export const isTransient = (error: Error): boolean =>
  !(error instanceof Problem) || error.status === undefined || error.status >= 500;

export type Parameters = Record<string, string | number | boolean | readonly string[] | undefined>;

/** Writes `{type: ['House', 'Unit']}` as `?type=House&type=Unit`; leaves out undefined values. */
export function queryString(parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) query.append(name, String(one));
  }
  return query.size > 0 ? `?${query}` : '';
}

/** Sends a GET request to the service. Rejects with a {@link Problem} if there is no successful response. */
export async function get<P extends Path>(
  path: P,
  query: Query<P> & Parameters,
  signal: AbortSignal,
): Promise<Answer<P>> {
  let response: Response;
  try {
    response = await fetch(`${path}${queryString(query)}`, { headers: { accept: 'application/json' }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(undefined, 'The service could not be reached. It may be starting, or the connection is down.');
  }
  if (response.ok) return (await response.json()) as Answer<P>;
  const problem = (await response.json().catch(() => undefined)) as { detail?: string } | undefined;
  throw new Problem(response.status, problem?.detail ?? `The service answered ${response.status} without a reason.`);
}
