import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FileError } from './formats/format.ts';

/** Puts on disk what cannot be read as a stream. @throws FileError where there is no room for it */
export async function spool(content: AsyncIterable<Buffer>, path: string): Promise<void> {
  try {
    await pipeline(content, createWriteStream(path));
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    throw full ? new FileError('there is no room left on disk for these files; send less at a time') : error;
  }
}
