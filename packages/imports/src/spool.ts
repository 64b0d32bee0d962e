import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FileError } from './formats/format.ts';

/** Writes content to disk that cannot be read as a stream. @throws FileError when the disk is full */
export async function spool(content: AsyncIterable<Buffer>, path: string): Promise<void> {
  try {
    await pipeline(content, createWriteStream(path));
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    throw full ? new FileError('the disk of the service is full; send fewer files at a time') : error;
  }
}
