/** The text of a file: the detection of its encoding, and its lines as UTF-8. */
import { isUtf8 } from 'node:buffer';
import { FileError } from './format.ts';

/** In bytes. Without a limit, a file that is one endless line would fill the memory. */
const maxLineLength = 1 << 20;

/** The bytes at the beginning of a file from which its format and encoding are detected. */
export const sampleSize = 64 * 1024;

/** `windows-1252` includes Latin-1. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/**
 * The encoding of a text that begins with `sample`. UTF-16 is detected by its byte order mark, or because every other byte is zero, as in
 * ASCII text in UTF-16.
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

/** Encodings that registries and their users write besides UTF-8 and Windows-1252: Japanese, Chinese, Central European, old Macs. */
const asianEncodings = ['shift_jis', 'big5'] as const;
const europeanEncodings = ['windows-1252', 'windows-1250', 'macintosh'] as const;

/**
 * The encoding of a table, as a label of `TextDecoder`. Encodings with similar bytes are distinguished by the letters: another encoding than
 * `encodingOf` finds must read the text without impossible letters.
 */
export function tableEncodingOf(sample: Buffer): string {
  const encoding = encodingOf(sample);
  if (encoding !== 'windows-1252') return encoding;
  const text = new TextDecoder(encoding).decode(sample);
  const words = (text.match(/[^\s,;|"]+/g) ?? []).filter((word) => /[^\0-\x7f]/.test(word)).join('');
  // The words of Western Europe have one or two such letters each.
  if (words.replace(/[\0-\x7f]/g, '').length > 0.4 * words.length) {
    const asian = asianEncodings.find((label) => readsAsian(sample, label));
    if (asian) return asian;
  }
  const faults = europeanEncodings.map((label) => impossibleLetters(new TextDecoder(label).decode(sample)));
  const least = Math.min(...faults);
  const best = europeanEncodings[faults.indexOf(least)] as string;
  return least <= (faults[0] as number) / 3 ? best : encoding;
}

function readsAsian(sample: Buffer, label: string): boolean {
  try {
    // The sample may end within a character.
    const text = new TextDecoder(label, { fatal: true }).decode(sample, { stream: true });
    const others = text.match(/[^\0-\x7f]/g)?.length ?? 0;
    const asian =
      text.match(/[\p{Script=Han}\p{Script=Hiragana}\u30a0-\u30ff\u3000-\u303f\uff01-\uff5e]/gu)?.length ?? 0;
    const kana = /[\p{Script=Hiragana}\u30a0-\u30ff]/u.test(text);
    return asian > 0.9 * others && (label !== 'shift_jis' || kana);
  } catch {
    return false;
  }
}

/** The number of characters that no language has in that position, as `£ód`, `Wa³cz` and `cafŽ`, and of those that replace others. */
export function impossibleLetters(text: string): number {
  return (
    text.match(
      /[\u0080-\u009f\ufffd]|(?<=\p{L})[\p{S}\p{No}†‡•…‰¶§¡¿«»‹›‚„“”](?=\p{Ll})|[£¥¹³¼¾¿¯©®¬](?=\p{Ll})(?=[^\0-\x7f])|(?<=\p{Ll})(?=\p{Lu})[^\0-\x7f]/gu,
    )?.length ?? 0
  );
}

/** The text at the beginning of a file, without a byte order mark. */
export function sampleText(sample: Buffer): string {
  return new TextDecoder(encodingOf(sample)).decode(sample);
}

/**
 * A text file as UTF-8, without a byte order mark, in chunks of whole lines. Each line that is not valid UTF-8 is decoded as Windows-1252, so
 * that a line that another program has damaged does not affect the others.
 */
export async function* asUtf8(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { sample, content } = await peek(file);
  const encoding = encodingOf(sample);
  const chunks = encoding.startsWith('utf-16') ? decoded(content, encoding) : content;
  const rest: Buffer[] = [];
  let restLength = 0;
  let bom = true;
  let line = 1;
  for await (let chunk of chunks) {
    // Chunks may be as small as one byte.
    const cut = lastLineEnd(chunk);
    if (cut > 0) {
      let lines = recoded(Buffer.concat([...rest.splice(0), chunk.subarray(0, cut)]));
      if (bom) lines = withoutBom(lines);
      bom = false;
      restLength = 0;
      line += lineEnds(lines);
      yield lines;
      chunk = chunk.subarray(cut);
    }
    rest.push(chunk);
    restLength += chunk.length;
    if (restLength > maxLineLength) {
      throw new FileError(`line ${line} is longer than 1 MB, so this is not a sales file`);
    }
  }
  if (restLength === 0) return;
  const last = recoded(Buffer.concat(rest));
  yield bom ? withoutBom(last) : last;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** The position after the last line end, or 0. A CR at the very end may have its LF in the next chunk. */
function lastLineEnd(chunk: Buffer): number {
  return chunk.lastIndexOf(lineFeed) + 1 || chunk.subarray(0, -1).lastIndexOf(carriageReturn) + 1;
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

/** A text file as UTF-8. @param encoding a label of `TextDecoder` */
export async function* decoded(file: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of file) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** The lines of a text file without their ends (LF, CRLF or CR), in batches. */
export async function* lineBatches(file: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  for await (const chunk of asUtf8(file)) {
    const text = chunk.toString();
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
    // After the last line's end.
    if (lines.at(-1) === '') lines.pop();
    yield lines;
  }
}

/** Reads the beginning of a file; `content` still contains it. */
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
