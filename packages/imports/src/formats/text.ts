/** The text of a file, whatever its encoding and line ends: decided from its bytes, in this one place. */
import { isUtf8 } from 'node:buffer';
import { FileError } from './format.ts';

// A line this long is no sale; without a bound, a file of one endless line would be gathered in memory.
const longestLine = 1 << 20;

/** How much of a file's beginning tells its format and encoding. */
export const sampleSize = 64 * 1024;

/** `windows-1252` has Latin-1 in it. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/**
 * The encoding of a text that begins with `sample`. UTF-16 is told by its byte order mark, or by every other byte being zero, as that of
 * ASCII in UTF-16 is.
 */
export function encodingOf(sample: Buffer): Encoding {
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  for (const [i, byte] of sample.entries()) if (byte === 0) (zeros[i % 2] as number)++;
  const [even, odd] = zeros as [number, number];
  const most = sample.length * 0.35;
  if (odd > most && even === 0) return 'utf-16le';
  if (even > most && odd === 0) return 'utf-16be';
  return isUtf8(sample) || isUtf8(withoutCutCharacter(sample)) ? 'utf-8' : 'windows-1252';
}

/** A character of UTF-8 has up to four bytes, and a sample may end within one. */
function withoutCutCharacter(sample: Buffer): Buffer {
  const begin = Math.max(sample.length - 3, 0);
  const cut = sample.subarray(begin).findLastIndex((byte) => byte >= 0xc0);
  return cut === -1 ? sample : sample.subarray(0, begin + cut);
}

/** The text of a file's beginning, to tell its format by; without a byte order mark. */
export function sampleText(sample: Buffer): string {
  return new TextDecoder(encodingOf(sample)).decode(sample);
}

/**
 * A text file in UTF-8, without a byte order mark, in pieces that end where lines do. What is not UTF-8 is taken for Windows-1252 line by line,
 * so that one line spoilt by another program costs no other.
 */
export async function* asUtf8(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { sample, content } = await peek(file);
  const encoding = encodingOf(sample);
  const pieces = encoding.startsWith('utf-16') ? decoded(content, encoding) : content;
  const rest: Buffer[] = [];
  let restLength = 0;
  let bom = true;
  let line = 1;
  for await (let piece of pieces) {
    // Pieces may be as small as a byte, and no file of ours begins with two marks.
    const cut = lastLineEnd(piece);
    if (cut > 0) {
      let lines = recoded(Buffer.concat([...rest.splice(0), piece.subarray(0, cut)]));
      if (bom) lines = withoutBom(lines);
      bom = false;
      restLength = 0;
      line += lineEnds(lines);
      yield lines;
      piece = piece.subarray(cut);
    }
    rest.push(piece);
    restLength += piece.length;
    if (restLength > longestLine) {
      throw new FileError(`line ${line} is longer than 1 MB, so this is not a file of sales`);
    }
  }
  if (restLength === 0) return;
  const last = recoded(Buffer.concat(rest));
  yield bom ? withoutBom(last) : last;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Just after the last line end, or 0. A CR at the very end may have its LF in the next piece. */
function lastLineEnd(piece: Buffer): number {
  return piece.lastIndexOf(lineFeed) + 1 || piece.subarray(0, -1).lastIndexOf(carriageReturn) + 1;
}

function lineEnds(text: Buffer): number {
  const end = text.includes(lineFeed) ? lineFeed : carriageReturn;
  let count = 0;
  for (let i = text.indexOf(end); i !== -1; i = text.indexOf(end, i + 1)) count++;
  return count;
}

function withoutBom(text: Buffer): Buffer {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? text.subarray(3) : text;
}

const windows1252 = new TextDecoder('windows-1252');

function recoded(lines: Buffer): Buffer {
  if (isUtf8(lines)) return lines;
  const texts: Buffer[] = [];
  for (let begin = 0, end: number; begin < lines.length; begin = end) {
    end = lines.indexOf(lineFeed, begin) + 1 || lines.length;
    const text = lines.subarray(begin, end);
    texts.push(isUtf8(text) ? text : Buffer.from(windows1252.decode(text)));
  }
  return Buffer.concat(texts);
}

async function* decoded(file: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of file) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** The lines of a text file without their ends (LF, CRLF or CR), in batches of about a piece each. */
export async function* lineBatches(file: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  for await (const piece of asUtf8(file)) {
    const text = piece.toString();
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
    // After the last line's end.
    if (lines.at(-1) === '') lines.pop();
    yield lines;
  }
}

/** Takes the beginning of a file without losing it. */
export async function peek(file: AsyncIterable<Buffer>): Promise<{ sample: Buffer; content: AsyncIterable<Buffer> }> {
  const iterator = file[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  for (let length = 0; length < sampleSize; ) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value);
    length += value.length;
  }
  async function* content() {
    try {
      yield* first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { sample: Buffer.concat(first).subarray(0, sampleSize), content: content() };
}
