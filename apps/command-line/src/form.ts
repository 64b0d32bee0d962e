/** A multipart/form-data body (RFC 7578) of files. It is generated while it is sent, so that memory does not limit the size of the files. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A file to send. */
export interface Source {
  name: string;
  /** The size; undefined if unknown. */
  bytes: number | undefined;
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface Form {
  contentType: string;
  /** In bytes; undefined if the size of a file is unknown. */
  length: number | undefined;
  content: AsyncIterable<Uint8Array>;
}

/**
 * @param onSent is called with the number of bytes of each chunk sent.
 * @param mapping JSON, sent before the files.
 */
export function multipart(sources: readonly Source[], onSent: (bytes: number) => void, mapping?: string): Form {
  const boundary = randomUUID();
  const head = ({ name }: Source) =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${escapeName(name)}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
  const first = Buffer.from(
    mapping === undefined
      ? ''
      : `--${boundary}\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n${mapping}\r\n`,
  );
  const end = Buffer.from('\r\n');
  const last = Buffer.from(`--${boundary}--\r\n`);
  async function* content() {
    yield first;
    for (const source of sources) {
      yield head(source);
      for await (const chunk of source.content()) {
        yield chunk;
        onSent(chunk.length);
      }
      yield end;
    }
    yield last;
  }
  let length: number | undefined = first.length + last.length;
  for (const source of sources) {
    if (length === undefined || source.bytes === undefined) length = undefined;
    else length += head(source).length + source.bytes + end.length;
  }
  return { contentType: `multipart/form-data; boundary=${boundary}`, length, content: content() };
}

/** A file on disk, up to its present size: bytes that are appended later are not sent. */
export function fileSource(name: string, path: string, bytes: number): Source {
  return {
    name,
    bytes,
    content: () => (bytes === 0 ? [] : createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 })),
  };
}

/** Escapes a file name as browsers do. */
function escapeName(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
