/** Draws and typesets documents in a thread of its own, so that other requests do not wait. */
import { Worker } from 'node:worker_threads';
import type { ReportDocument } from '../document.ts';
import type { Paper } from './paper.ts';

/** A form that takes long to make. */
export type DrawnForm = { kind: 'html' } | { kind: 'png' } | { kind: 'xlsx' } | { kind: 'pdf'; paper: Paper };

/** What the thread receives, and what it returns. */
export interface Order {
  document: ReportDocument;
  form: DrawnForm;
}
export type Outcome = { bytes: Uint8Array } | { error: Error };

interface Waiting extends Order {
  resolve(bytes: Buffer): void;
  reject(error: Error): void;
}

/** More documents are waiting than can be made in a reasonable time. */
export class RendererBusy extends Error {
  readonly retryAfterSeconds = 10;
  constructor() {
    super('Too many reports are being made. Try again in a few seconds.');
  }
}

/** A document takes more time or memory than it may. */
export class TooLargeToTypeset extends Error {
  readonly retryAfterSeconds = 60;
  constructor() {
    super('This report takes too long to draw. Limit it to fewer sales, or request it as CSV or JSON.');
  }
}

export interface RendererOptions {
  /** How many documents may wait. */
  maxWaiting?: number;
  /** Milliseconds that a document may take. */
  timeout?: number;
}

/** MiB of JavaScript objects: a document and its page. What Typst uses is outside. */
const maxHeap = 256;

export class Renderer {
  readonly #maxWaiting: number;
  readonly #timeout: number;
  readonly #waiting: Waiting[] = [];
  #current: Waiting | undefined;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ maxWaiting = 64, timeout = 30_000 }: RendererOptions = {}) {
    this.#maxWaiting = maxWaiting;
    this.#timeout = timeout;
  }

  /** @throws RendererBusy, TooLargeToTypeset */
  render(document: ReportDocument, form: DrawnForm): Promise<Buffer> {
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(new RendererBusy());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ document, form, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('The service is stopping.'));
    await this.#worker?.terminate();
  }

  #next(): void {
    if (this.#current) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#current = next;
    this.#worker ??= this.#start();
    // Only while it works, the thread keeps the process alive.
    this.#worker.ref();
    const { document, form } = next;
    this.#worker.postMessage({ document, form } satisfies Order);
    this.#timer = setTimeout(() => this.#fail(new TooLargeToTypeset()), this.#timeout);
  }

  #start(): Worker {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeap },
    });
    worker.on('message', (outcome: Outcome) => {
      const done = this.#finish();
      if ('error' in outcome) done?.reject(outcome.error);
      else done?.resolve(Buffer.from(outcome.bytes.buffer, outcome.bytes.byteOffset, outcome.bytes.byteLength));
      this.#next();
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (this.#worker !== worker) return;
      this.#fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new TooLargeToTypeset() : error);
    });
    worker.unref();
    return worker;
  }

  /** Rejects the current document. A thread that has failed or is stuck is replaced. */
  #fail(error: Error): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#finish()?.reject(error);
    this.#next();
  }

  #finish(): Waiting | undefined {
    clearTimeout(this.#timer);
    this.#worker?.unref();
    const done = this.#current;
    this.#current = undefined;
    return done;
  }
}
