/** The load balancer's own responses, in the wording of an Application Load Balancer. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const server = 'awselb/2.0';

/** The reason phrases of an Application Load Balancer where they differ from Node's. */
const reasons: Record<number, string> = {
  405: 'Not Allowed',
  408: 'Request Time-out',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

function page(status: number): { reason: string; body: string } {
  const reason = reasons[status] ?? STATUS_CODES[status] ?? '';
  const title = `${status} ${reason}`;
  const lines = [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '</body>',
    '</html>',
  ];
  return { reason, body: lines.map((line) => `${line}\r\n`).join('') };
}

/** Answers with the load balancer's own HTML page for an error. */
export function answerError(response: ServerResponse, status: number): void {
  const { reason, body } = page(status);
  answer(response, status, reason, { 'Content-Type': 'text/html' }, body);
}

/** Answers with the body and content type of a fixed-response action. */
export function answerFixed(response: ServerResponse, status: number, contentType: string, body: string): void {
  answer(response, status, STATUS_CODES[status] ?? '', { 'Content-Type': `${contentType}; charset=utf-8` }, body);
}

export function answerRedirect(response: ServerResponse, status: number, location: string): void {
  const { reason, body } = page(status);
  answer(response, status, reason, { Location: location, 'Content-Type': 'text/html' }, body);
}

function answer(
  response: ServerResponse,
  status: number,
  reason: string,
  headers: Record<string, string>,
  body: string,
): void {
  response.writeHead(status, reason, { Server: server, ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** Answers a connection on which no request could be read, and closes it. */
export function answerUnreadable(socket: Socket, status: 400 | 408): void {
  const { reason, body } = page(status);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nServer: ${server}\r\nDate: ${new Date().toUTCString()}\r\n` +
      `Content-Type: text/html\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
