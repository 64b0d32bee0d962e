import { t } from '@lingui/core/macro';
import type { Answer, Body, Path, Query } from '@property-insights/api-types';
import { writeQuery } from '../address.ts';
import { remembered } from '../preferences.ts';

/** An error response of the service, or the lack of a response, described for a person. */
export class Problem extends Error {
  override name = 'Problem';
  /** The HTTP status; undefined if there was no response. */
  readonly status: number | undefined;
  /** Identifies the request in the service's logs. */
  readonly request: string | undefined;
  /** Seconds after which the service asks to try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number | undefined, message: string, request?: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.request = request;
    this.retryAfter = retryAfter;
  }
}

/** Whether a retry may succeed. A request that the service rejected as wrong stays wrong; a service that is busy or starting recovers. */
export const isTransient = (error: Error): boolean =>
  !(error instanceof Problem) || error.status === undefined || error.status >= 500 || error.status === 429;

/** The address of a request. */
export function addressOf(path: string, query: object): string {
  const text = writeQuery(query);
  return text ? `${path}?${text}` : path;
}

/** How often a part of a file is asked for while the service has no time for it. */
const maxAttempts = 20;

/** Milliseconds without progress after which a connection counts as lost: a cut network reports no error. */
const stalled = 60_000;

/**
 * Sends files, with progress, which `fetch` does not report.
 * @param onProgress gets the share of the bytes that have been sent
 * @throws Problem, and the signal's reason
 */
export function sendFiles<P extends Path>(
  path: P,
  query: Query<P, 'post'> & object,
  form: FormData,
  { signal, onProgress }: { signal: AbortSignal; onProgress?(share: number): void },
): Promise<Answer<P, 'post'>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const abort = () => {
      clearTimeout(timer);
      request.abort();
      reject(signal.reason);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    request.open('POST', addressOf(path, query));
    request.responseType = 'json';
    request.setRequestHeader('accept', 'application/json');
    const token = remembered.token.read();
    if (token) request.setRequestHeader('authorization', `Bearer ${token}`);
    const lose = () => {
      clearTimeout(timer);
      request.abort();
      reject(
        new Problem(
          undefined,
          t`The connection was lost while the files were sent. Nothing was loaded; send them again from the beginning.`,
        ),
      );
    };
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(lose, stalled);
    };
    request.upload.onloadstart = watch;
    request.upload.onprogress = ({ loaded, total }) => {
      watch();
      onProgress?.(loaded / Math.max(1, total));
    };
    // The answer may take longer: files are read for a preview.
    request.upload.onload = () => clearTimeout(timer);
    request.onerror = lose;
    request.onload = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      const { status, response } = request;
      if (status < 300) return resolve(response as Answer<P, 'post'>);
      reject(
        new Problem(
          status,
          response?.detail ?? `The service answered ${status} without a reason.`,
          response?.request_id,
        ),
      );
    };
    request.send(form);
  });
}

/** Sends a request. Rejects with a {@link Problem} if there is no successful response. */
export async function request(address: string, options: RequestInit): Promise<Response> {
  let response: Response;
  const token = remembered.token.read();
  try {
    // The browser's cache revalidates an answer by its ETag, and gives an unchanged one from memory.
    response = await fetch(address, {
      ...options,
      headers: { accept: 'application/json', ...options.headers, ...(token && { authorization: `Bearer ${token}` }) },
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(undefined, t`The service could not be reached. It may be starting, or the connection is down.`);
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => undefined)) as
    | { detail?: string; request_id?: string }
    | undefined;
  throw new Problem(
    response.status,
    problem?.detail ?? `The service answered ${response.status} without a reason.`,
    problem?.request_id,
    Number(response.headers.get('retry-after')) || undefined,
  );
}

export async function get<P extends Path>(path: P, query: Query<P> & object, signal: AbortSignal): Promise<Answer<P>> {
  return (await (await request(addressOf(path, query), { signal })).json()) as Answer<P>;
}

/** A page of a list. */
export interface ListPage<T> {
  items: T[];
  /** The address of the next page; undefined after the last one. */
  next: string | undefined;
}

/** @param address of the list, or of one of its pages */
export async function getPage<T>(address: string, signal: AbortSignal): Promise<ListPage<T>> {
  const response = await request(address, { signal });
  return { items: (await response.json()) as T[], next: nextOf(response) };
}

/** The address of what follows, if the response is only a part. */
function nextOf(response: Response): string | undefined {
  return /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
}

export async function getLedger(market: string, signal: AbortSignal): Promise<Answer<'/api/markets/{code}/ledger'>> {
  const response = await request(`/api/markets/${encodeURIComponent(market)}/ledger`, { signal });
  return (await response.json()) as Answer<'/api/markets/{code}/ledger'>;
}

export async function getNotes(
  market: string,
  as_of: number | undefined,
  signal: AbortSignal,
): Promise<Answer<'/api/markets/{code}/notes'>> {
  const address = addressOf(`/api/markets/${encodeURIComponent(market)}/notes`, { as_of });
  return (await (await request(address, { signal })).json()) as Answer<'/api/markets/{code}/notes'>;
}

/**
 * The answer to a question as CSV.
 * @param everyPage whether the rows of the pages after this one follow, whose addresses each answer states
 */
export async function getCsv(address: string, everyPage = false): Promise<string> {
  const parts: string[] = [];
  for (let next: string | undefined = address; next !== undefined; ) {
    const response = await patiently(() => request(next as string, { headers: { accept: 'text/csv' } }));
    const text = await response.text();
    // Each part has the head.
    parts.push(parts.length === 0 ? text : text.slice(text.indexOf('\n') + 1));
    const following = everyPage ? nextOf(response) : undefined;
    // Without the host, which may be another behind a proxy.
    next = following?.replace(/^https?:\/\/[^/]+/, '');
  }
  return parts.join('');
}

/** Sends a request again while the service asks to wait: many parts of a file may take more than one caller's share. */
async function patiently(send: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Problem) || error.retryAfter === undefined || attempt === maxAttempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter as number) * 1_000));
    }
  }
}

/** The state of an import or an undo. */
export async function getImport(id: string, signal?: AbortSignal): Promise<Answer<'/api/imports/{id}'>> {
  return (await (await request(`/api/imports/${id}`, signal ? { signal } : {})).json()) as Answer<'/api/imports/{id}'>;
}

/** Deletes a market with all its sales. */
export async function deleteMarket(code: string): Promise<void> {
  await request(addressOf(`/api/markets/${encodeURIComponent(code)}`, { confirm: code }), { method: 'DELETE' });
}

/** Sends a write. `id` replaces the parameter of the path, if it has one. */
export async function write<P extends Path, M extends 'post' | 'put' | 'patch' | 'delete'>(
  method: M,
  path: P,
  id: number | string,
  ...[body]: Body<P, M> extends never ? [] : [Body<P, M>]
): Promise<Answer<P, M>> {
  const response = await request(path.replace(/\{\w+\}/, encodeURIComponent(id)), {
    method: method.toUpperCase(),
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return (response.status === 204 ? undefined : await response.json()) as Answer<P, M>;
}
