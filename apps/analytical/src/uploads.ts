/** Receives files over HTTP and puts them on disk as they come, so that their size does not matter to memory. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem, problems } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';

export interface Upload {
  /** As the sender called it; only for messages. */
  name: string;
  path: string;
  bytes: number;
}

const nothingSent =
  'No file was sent. Send files as multipart/form-data, or one file as the body itself with ?filename=.';

/**
 * Writes the files of a request into a folder: those of a form, or the body as one file of the given name.
 * @throws a problem when there is none or the transfer breaks; nothing is left in the folder then
 */
export async function receiveFiles(request: FastifyRequest, directory: string, fileName: string): Promise<Upload[]> {
  await mkdir(directory, { recursive: true });
  try {
    const uploads: Upload[] = [];
    for await (const { name, content } of request.isMultipart() ? formFiles(request) : bodyFile(request, fileName)) {
      const path = join(directory, String(uploads.length + 1));
      const file = createWriteStream(path);
      await pipeline(content, file);
      uploads.push({ name, path, bytes: file.bytesWritten });
    }
    if (uploads.length === 0) throw problems.invalid(nothingSent);
    return uploads;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw asProblem(error);
  }
}

interface IncomingFile {
  name: string;
  content: Readable;
}

async function* formFiles(request: FastifyRequest): AsyncGenerator<IncomingFile> {
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      throw problems.invalid(
        `Unknown form field "${part.fieldname}"; forms hold files, and options are query parameters.`,
      );
    }
    // A form's file input with nothing chosen arrives as a file without a name.
    if (part.filename) yield { name: shownName(part.filename), content: part.file };
    else part.file.resume();
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
  if (!(error instanceof Error) || error instanceof Problem || 'statusCode' in error) return error;
  if ('code' in error && error.code === 'ENOSPC') return problems.noRoom();
  if ('syscall' in error) return error;
  return problems.invalid('The body was cut short, or is not the multipart/form-data that its Content-Type says.');
}
