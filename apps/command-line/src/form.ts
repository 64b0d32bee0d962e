/** A multipart/form-data body (RFC 7578) of files that is put together while it is sent, so that their size does not matter to memory. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** One file to be sent. */
export interface Source {
  name: string;
  /** In bytes; undefined when only its end will tell. */
  bytes: number | undefined;
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface Form {
  contentType: string;
  /** In bytes, if known of all files. */
  length: number | undefined;
  content: AsyncIterable<Uint8Array>;
}

/**
 * @param onSent is told, as sending goes on, how many more bytes of the files have gone.
 * @param mapping goes before the files, if there is one.
 */
export function multipart(sources: readonly Source[], onSent: (bytes: number) => void, mapping?: string): Form {
  const boundary = randomUUID();
  const head = ({ name }: Source) =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(name)}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
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

/** A file on disk, of the size that it has now: what is added to it meanwhile is left out. */
export function fileSource(name: string, path: string, bytes: number): Source {
  return {
    name,
    bytes,
    content: () => (bytes === 0 ? [] : createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 })),
  };
}

/** As browsers write file names. */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
