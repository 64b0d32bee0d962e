/** The parts of the HTTP API that the command line uses. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Form } from './form.ts';

export interface Market {
  code: string;
  name: string;
  currency: string;
}

export interface NewMarket extends Market {
  time_zone?: string | undefined;
  attribution?: string | undefined;
  licence?: string | undefined;
  is_synthetic: boolean;
}

export interface ImportState {
  id: string;
  state: 'received' | 'running' | 'finished' | 'failed' | 'cancelled';
  stage: string | null;
  bytes_total: number;
  bytes_read: number;
  rows_read: number;
  accepted: number;
  duplicate: number;
  superseding: number;
  superseded: number;
  deleted: number;
  rejected: number;
  rejected_by_reason: Record<string, number>;
  changed: boolean;
  error: string | null;
}

/** What the system answered when it refused a request, or that there is none to answer. */
export class ApiError extends Error {
  override name = 'ApiError';
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Whether the same request may be answered in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export class Api {
  readonly url: string;
  readonly #headers: { authorization?: string };

  /**
   * @param url of the system, such as http://localhost:8080
   * @param token without one only what is open to all is answered
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

  import(id: string): Promise<ImportState> {
    return this.#call('GET', `/api/imports/${id}`);
  }

  cancelImport(id: string): Promise<ImportState> {
    return this.#call('DELETE', `/api/imports/${id}`);
  }

  /**
   * Sends files to be imported into a market; resolves when all of them have been received. Streams: `fetch` would give up on a body that takes
   * more than five minutes.
   */
  async startImport(market: string, form: Form, signal: AbortSignal): Promise<ImportState> {
    const url = new URL(`${this.url}/api/imports?market=${encodeURIComponent(market)}`);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: {
        ...this.#headers,
        'content-type': form.contentType,
        ...(form.length === undefined ? {} : { 'content-length': form.length }),
      },
      signal,
    });
    const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
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
      // A refusal may come, and the connection end, before all is sent: then the answer is what counts.
      const sent = pipeline(Readable.from(form.content), request);
      sent.catch(() => undefined);
      const { status, text } = await answered;
      return understood(status, text);
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
    return understood(status, text);
  }

  #unreachable(error: unknown): ApiError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? ('code' in cause ? cause.code : cause.message) : cause;
    return new ApiError(0, `No answer from ${this.url} (${reason}). Is the system running? "npm start" starts it.`);
  }
}

function understood<T>(status: number, text: string): T {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // Not from the service: a balancer's page, or something else that listens there.
  }
  const { error } = (answer ?? {}) as { error?: unknown };
  if (status >= 400) throw new ApiError(status, typeof error === 'string' ? error : `The answer was HTTP ${status}.`);
  if (typeof answer !== 'object') throw new ApiError(status, 'What answers there is not Property Insights.');
  return answer as T;
}
