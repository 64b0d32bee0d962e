/** The parts of the HTTP API that the command line uses. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer, Body, Query } from '@property-insights/api-types';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Form } from './form.ts';

type Market = Answer<'/api/markets'>[number];
export type NewMarket = Body<'/api/markets', 'post'>;
export type ImportState = Answer<'/api/imports/{id}'>;
export type Preview = Answer<'/api/imports/preview', 'post'>;
export type FilePreview = Preview['files'][number];

/** The data of the event `progress`. OpenAPI describes no events. */
export type ImportProgress = Pick<ImportState, 'stage' | 'bytes_total' | 'bytes_read' | 'rows_read'> & {
  rows_per_second: number | null;
  seconds_left: number | null;
};

/** Options of an import, as text. A preview has them too, except `max_rejects`. */
export type FilesOptions = Partial<Record<keyof Query<'/api/imports', 'post'>, string>>;

/** The part of the OpenAPI description that lists the formats. */
interface Description {
  paths: Record<string, { post?: { parameters: { name: string; schema: { enum?: string[] } }[] } }>;
}

/** The error response to a request, or the lack of a response. */
export class ApiError extends Error {
  override name = 'ApiError';
  /** The HTTP status; 0 if there was no response. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Whether the same request may succeed after a while. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** Events are considered interrupted after this time without a byte: the service sends a heartbeat every 15 s. */
const eventsTimeoutMs = 40_000;

export class Api {
  readonly url: string;
  readonly #headers: { authorization?: string };

  /**
   * @param url of the system, such as http://localhost:8080
   * @param token without a token, only requests that are open to everyone succeed
   */
  constructor(url: string, token?: string) {
    this.url = url.replace(/\/+$/, '');
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  markets(): Promise<Market[]> {
    return this.#call('GET', '/api/markets');
  }

  addMarket(market: NewMarket): Promise<Market> {
    return this.#call('POST', '/api/markets', market);
  }

  /** The formats that the service reads. */
  async formatNames(): Promise<string[]> {
    const { paths } = await this.#call<Description>('GET', '/api/openapi.json');
    const parameters = paths['/api/imports']?.post?.parameters ?? [];
    return parameters.find(({ name }) => name === 'format')?.schema.enum ?? [];
  }

  import(id: string): Promise<ImportState> {
    return this.#call('GET', `/api/imports/${id}`);
  }

  cancelImport(id: string): Promise<ImportState> {
    return this.#call('DELETE', `/api/imports/${id}`);
  }

  /**
   * Yields the progress of an import, and returns its final state.
   * @throws if the events are unavailable or interrupted; the import itself may continue
   */
  async *importEvents(id: string, signal: AbortSignal): AsyncGenerator<ImportProgress, ImportState> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), eventsTimeoutMs);
    try {
      const response = await fetch(`${this.url}/api/imports/${id}/events`, {
        headers: this.#headers,
        signal: AbortSignal.any([signal, timeout.signal]),
      });
      if (!response.ok || !response.body)
        throw new ApiError(response.status, `The answer was HTTP ${response.status}.`);
      const events: EventSourceMessage[] = [];
      const parser = createParser({ onEvent: (event) => events.push(event) });
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        timer.refresh();
        parser.feed(text);
        for (const { event, data } of events.splice(0)) {
          if (event === 'end') return JSON.parse(data);
          if (event === 'progress') yield JSON.parse(data);
        }
      }
      throw new ApiError(0, 'The events were interrupted.');
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends files to import into a market; resolves when the service has received all of them. */
  startImport(options: FilesOptions, form: Form, signal: AbortSignal): Promise<ImportState> {
    return this.#send(`/api/imports${queryOf(options)}`, form, signal);
  }

  /** Previews an import of files into a market; into the default market by default. */
  preview(options: FilesOptions, form: Form, signal: AbortSignal): Promise<Preview> {
    return this.#send(`/api/imports/preview${queryOf(options)}`, form, signal);
  }

  /** Streams the body. `fetch` would abort a request that takes more than five minutes. */
  async #send<T>(path: string, form: Form, signal: AbortSignal): Promise<T> {
    const url = new URL(this.url + path);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: {
        ...this.#headers,
        'content-type': form.contentType,
        ...(form.length === undefined ? {} : { 'content-length': form.length }),
      },
      signal,
    });
    const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        } catch (error) {
          reject(error);
        }
      });
    });
    try {
      // The service may refuse the request and close the connection before all is sent: the response is what counts.
      const sent = pipeline(Readable.from(form.content), request);
      sent.catch(() => undefined);
      const { status, text } = await answer;
      return parseAnswer(status, text);
    } catch (error) {
      throw error instanceof ApiError || signal.aborted ? error : this.#unreachable(error);
    }
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: { ...this.#headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw this.#unreachable(error);
    }
    return parseAnswer(status, text);
  }

  #unreachable(error: unknown): ApiError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? ('code' in cause ? cause.code : cause.message) : cause;
    return new ApiError(0, `No answer from ${this.url} (${reason}). Is the system running? "npm start" starts it.`);
  }
}

function queryOf(options: FilesOptions): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function parseAnswer<T>(status: number, text: string): T {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // Not from the service: an error page of the load balancer, or another program.
  }
  const { error } = (answer ?? {}) as { error?: unknown };
  if (status >= 400) throw new ApiError(status, typeof error === 'string' ? error : `The answer was HTTP ${status}.`);
  if (typeof answer !== 'object') throw new ApiError(status, 'The program at this address is not Property Insights.');
  return answer as T;
}
