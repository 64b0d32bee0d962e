import { FileError } from './format.ts';

// A line this long is no sale; without a bound, a file of one endless line would be gathered in memory.
const longestLine = 1 << 20;

/**
 * The lines of a text file, in batches of about a chunk each, without their line ends (LF or CRLF).
 * Bytes become characters one by one, as in Latin-1; `decode` turns a line that holds others than ASCII into what was meant.
 */
export async function* lineBatches(file: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest = '';
  let before = 0;
  for await (const chunk of file) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() as string;
    if (rest.length > longestLine) {
      throw new FileError(`line ${before + lines.length + 1} is longer than 1 MB, so this is not a file of sales`);
    }
    before += lines.length;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as string;
      if (line.endsWith('\r')) lines[i] = line.slice(0, -1);
    }
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}

const notAscii = /[\x80-\xff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A line's text: UTF-8 where its bytes are valid as such, Latin-1 otherwise. */
export function decode(line: string): string {
  if (!notAscii.test(line)) return line;
  try {
    return utf8.decode(Buffer.from(line, 'latin1'));
  } catch {
    return line;
  }
}
