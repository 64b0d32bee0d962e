/** Answers requests that Node cannot read, which therefore reach no route. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemDocument, problems } from './problems.ts';
import { securityHeaders } from './security.ts';

/** Milliseconds in which the client can read the answer before the connection is destroyed. */
const lingering = 1_000;

const problemsByCode: Record<string, () => ReturnType<typeof problems.refused>> = {
  HPE_HEADER_OVERFLOW: problems.headersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: () => problems.refused('The request did not arrive in time.', 408),
};

/** Answers with a problem document, and closes the connection: where the next request would start is unknown. */
export function answerUnreadable({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = problemsByCode[code]?.() ?? problems.refused('The request is not valid HTTP.', 400);
  const body = problemDocument(problem, randomUUID());
  const headers = {
    ...securityHeaders,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`);
  socket.setTimeout(lingering, () => socket.destroy());
}
