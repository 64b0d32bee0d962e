/** Receives files over HTTP and streams them to disk, so that memory does not limit their size. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fastifyMultipart from '@fastify/multipart';
import { type Mapping, MappingError, parseMapping, shownName } from '@property-insights/imports';
import { type App, Problem, problems } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';

export interface UploadedFile {
  /** The name that the client sent; only for messages. */
  name: string;
  path: string;
  bytes: number;
}

/** The content of a request with files. */
export interface Upload {
  files: UploadedFile[];
  /** The mapping for the files, from the URL or the form. */
  mapping: Mapping | undefined;
}

/** Bytes of a mapping in a form. */
const maxMappingBytes = 1_000_000;

/** Makes the routes of a scope accept forms with files, and any other body as one file. */
export async function acceptFiles(scope: App): Promise<void> {
  await scope.register(fastifyMultipart, {
    limits: { fileSize: Number.POSITIVE_INFINITY, files: 1_000, parts: 1_000, fieldSize: maxMappingBytes },
  });
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
}

const nothingSent =
  'No file was sent. Send files as multipart/form-data, or one file as the body itself with ?filename=.';

/**
 * Writes the files of a request into a directory: those of a form, or the body as one file with the name `filename`.
 * @throws a problem when there is no file, the transfer is interrupted or the mapping is invalid; the directory is removed then
 */
export async function receiveFiles(
  request: FastifyRequest,
  directory: string,
  { filename = 'upload', format, mapping }: { filename?: string; format?: string; mapping?: string },
): Promise<Upload> {
  const given = mapping === undefined ? [] : [mapping];
  try {
    await mkdir(directory, { recursive: true });
    const files: UploadedFile[] = [];
    for await (const { name, content } of request.isMultipart()
      ? formFiles(request, given)
      : bodyFile(request, filename)) {
      const path = join(directory, String(files.length + 1));
      const file = createWriteStream(path);
      await pipeline(content, file);
      files.push({ name, path, bytes: file.bytesWritten });
    }
    if (files.length === 0) throw problems.invalid(nothingSent);
    if (given.length > 1)
      throw problems.invalid('The mapping is given twice: send it either in the URL or as one form field.');
    if (given.length > 0 && (format ?? 'table') !== 'table') {
      throw problems.invalid(`A mapping needs the format "table", not "${format}".`);
    }
    return { files, mapping: given[0] === undefined ? undefined : parseMapping(given[0]) };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw asProblem(error);
  }
}

interface IncomingFile {
  name: string;
  content: Readable;
}

/** Yields the files of a form. A form field `mapping` is added to `mappings`. */
async function* formFiles(request: FastifyRequest, mappings: string[]): AsyncGenerator<IncomingFile> {
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      // A form's file input with nothing chosen arrives as a file without a name.
      if (part.filename) yield { name: shownName(part.filename), content: part.file };
      else part.file.resume();
    } else if (part.fieldname === 'mapping' && typeof part.value === 'string') {
      if (part.valueTruncated) throw problems.invalid(`The mapping may have ${maxMappingBytes} bytes.`);
      mappings.push(part.value);
    } else {
      throw problems.invalid(
        `Unknown form field "${part.fieldname}". A form contains files and a mapping; other options are query parameters.`,
      );
    }
  }
}

async function* bodyFile(request: FastifyRequest, name: string): AsyncGenerator<IncomingFile> {
  if (request.body) yield { name: shownName(name), content: request.body as Readable };
}

/** Errors of the form parser have no type of their own. Errors of the disk have a `syscall` and are not the client's fault. */
function asProblem(error: unknown): unknown {
  if (error instanceof MappingError) return problems.invalid(error.message);
  if (!(error instanceof Error) || error instanceof Problem || 'statusCode' in error) return error;
  if ('code' in error && error.code === 'ENOSPC') return problems.storageFull();
  if ('syscall' in error) return error;
  return problems.invalid('The body is incomplete, or is not the multipart/form-data that its Content-Type states.');
}
