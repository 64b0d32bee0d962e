/** An answer that is not one, in the words of the service's problem document. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number | undefined;

  constructor(status: number | undefined, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Whether asking again may help: what the service called wrong stays wrong, but one that is starting, busy or away comes back. */
export const mayPass = (error: Error): boolean =>
  !(error instanceof Problem) || error.status === undefined || error.status >= 500;

export type Parameters = Record<string, string | number | readonly string[] | undefined>;

/** Writes `{type: ['House', 'Unit']}` as `type=House&type=Unit`; leaves out what is undefined. */
export function queryString(parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) query.append(name, String(one));
  }
  return query.size > 0 ? `?${query}` : '';
}

/** Asks the service; throws a {@link Problem} with one sentence for a person when there is no answer. */
export async function get<T>(path: string, parameters: Parameters, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${path}${queryString(parameters)}`, { headers: { accept: 'application/json' }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(undefined, 'The service could not be reached. It may be starting, or the connection is down.');
  }
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => undefined)) as { detail?: string } | undefined;
  throw new Problem(response.status, problem?.detail ?? `The service answered ${response.status} and did not say why.`);
}
