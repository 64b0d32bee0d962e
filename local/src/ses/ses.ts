/** Amazon SES as far as a service needs it, on a loopback port: `SendEmail` with a raw message, which becomes a file of a folder. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { AuthenticationError } from '../aws/authentication-error.ts';
import { type Endpoint, listen } from '../aws/endpoint.ts';
import { authenticate, denialOf, type FindPrincipal } from '../aws/principal.ts';

export interface SesOptions {
  /** For the messages, as `.eml`. */
  directory: string;
  findPrincipal: FindPrincipal;
  /** The ARN of the identity that may send from an address; undefined if there is none. */
  findIdentity: (address: string) => string | undefined;
  onMessage: (file: string, recipients: string[]) => void;
}

/** The request of `SendEmail`, as far as it is read. */
interface SendEmail {
  FromEmailAddress?: string;
  Destination?: { ToAddresses?: string[] };
  Content?: { Raw?: { Data?: string } };
}

/** SES takes 40 MB; base64 has a third more. */
const maxBodyBytes = 54 * 1024 * 1024;

class SesError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
    this.status = type === 'AccessDeniedException' ? 403 : 400;
  }
}

/** Resolves when it listens on 127.0.0.1. */
export function createSes({ directory, findPrincipal, findIdentity, onMessage }: SesOptions): Promise<Endpoint> {
  const server = createServer(async (request, response) => {
    try {
      const { method = 'POST', url = '/', headers } = request;
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxBodyBytes) throw new SesError('BadRequestException', 'The message is too large.');
        chunks.push(chunk);
      }
      const body = Buffer.concat(chunks);
      const principal = await authenticate({ method, url, headers, body }, 'ses', findPrincipal);
      if (method !== 'POST' || url !== '/v2/email/outbound-emails') {
        throw new SesError('BadRequestException', `${method} ${url} is not supported by the local SES.`);
      }
      const { FromEmailAddress: from = '', Destination, Content } = JSON.parse(body.toString()) as SendEmail;
      const message = Content?.Raw?.Data;
      if (!message) throw new SesError('BadRequestException', 'Only raw messages are supported by the local SES.');
      const [, address = from] = /<([^<>]+)>$/.exec(from) ?? [];
      const identity = findIdentity(address);
      if (!identity) throw new SesError('MessageRejected', `Email address is not verified: ${address}`);
      const denial = denialOf(principal, 'ses:SendRawEmail', identity);
      if (denial) throw new SesError('AccessDeniedException', denial);
      const id = randomUUID();
      await mkdir(directory, { recursive: true });
      const file = join(directory, `${new Date().toISOString().replaceAll(':', '-')}-${id}.eml`);
      await writeFile(file, Buffer.from(message, 'base64'), { mode: 0o600 });
      onMessage(file, Destination?.ToAddresses ?? []);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ MessageId: id }));
    } catch (error) {
      const known = error instanceof AuthenticationError ? new SesError('AccessDeniedException', error.message) : error;
      const { type, status } =
        known instanceof SesError ? known : { type: 'InternalServiceErrorException', status: 500 };
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type, connection: 'close' })
        .end(JSON.stringify({ message: known instanceof SesError ? known.message : 'An error occurred.' }));
    }
  });
  return listen(server);
}
