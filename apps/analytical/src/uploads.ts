/** Receives files over HTTP and puts them on disk as they come, so that their size does not matter to memory. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fastifyMultipart from '@fastify/multipart';
import { type Mapping, MappingError, parseMapping } from '@property-insights/imports';
import { type App, Problem, problems } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';

export interface Upload {
  /** As the sender called it; only for messages. */
  name: string;
  path: string;
  bytes: number;
}

/** What the routes that take files were sent. */
export interface Received {
  files: Upload[];
  /** By which the files are to be read, if it was given, in the URL or in the form. */
  mapping: Mapping | undefined;
}

/** Lets the routes of a scope take files: forms of them, and any other body as one file as it is. */
export async function acceptFiles(scope: App): Promise<void> {
  await scope.register(fastifyMultipart, {
    limits: { fileSize: Number.POSITIVE_INFINITY, files: 1_000, parts: 1_000 },
  });
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
}

const nothingSent =
  'No file was sent. Send files as multipart/form-data, or one file as the body itself with ?filename=.';

/**
 * Writes the files of a request into a folder: those of a form, or the body as one file of the name that `filename` gives.
 * @throws a problem when there is none, the transfer breaks or the mapping is none; nothing is left in the folder then
 */
export async function receiveFiles(
  request: FastifyRequest,
  directory: string,
  { filename = 'upload', format, mapping }: { filename?: string; format?: string; mapping?: string },
): Promise<Received> {
  const given = mapping === undefined ? [] : [mapping];
  await mkdir(directory, { recursive: true });
  try {
    const files: Upload[] = [];
    for await (const { name, content } of request.isMultipart()
      ? formFiles(request, given)
      : bodyFile(request, filename)) {
      const path = join(directory, String(files.length + 1));
      const file = createWriteStream(path);
      await pipeline(content, file);
      files.push({ name, path, bytes: file.bytesWritten });
    }
    if (files.length === 0) throw problems.invalid(nothingSent);
    if (given.length > 1) throw problems.invalid('The mapping is given more than once.');
    if (given.length > 0 && (format ?? 'table') !== 'table') {
      throw problems.invalid(`A mapping goes with the format "table", not with "${format}".`);
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

/** Mappings, which a form may hold beside files, go to `mappings`. */
async function* formFiles(request: FastifyRequest, mappings: string[]): AsyncGenerator<IncomingFile> {
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      // A form's file input with nothing chosen arrives as a file without a name.
      if (part.filename) yield { name: shownName(part.filename), content: part.file };
      else part.file.resume();
    } else if (part.fieldname === 'mapping' && typeof part.value === 'string' && !part.valueTruncated) {
      mappings.push(part.value);
    } else {
      throw problems.invalid(
        `Unknown form field "${part.fieldname}"; forms hold files and a mapping, and other options are query parameters.`,
      );
    }
  }
}

async function* bodyFile(request: FastifyRequest, name: string): AsyncGenerator<IncomingFile> {
  if (request.body) yield { name: shownName(name), content: request.body as Readable };
}

function shownName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cs}]/gu, '\uFFFD').slice(-255);
}

/** What is wrong with a form is told by plain errors; those of the disk have a `syscall`, and are no fault of the sender. */
function asProblem(error: unknown): unknown {
  if (error instanceof MappingError) return problems.invalid(error.message);
  if (!(error instanceof Error) || error instanceof Problem || 'statusCode' in error) return error;
  if ('code' in error && error.code === 'ENOSPC') return problems.storageFull();
  if ('syscall' in error) return error;
  return problems.invalid('The body was cut short, or is not the multipart/form-data that its Content-Type says.');
}
