/** JSON whose records are the elements of one list: an array of objects, or the features of GeoJSON. It becomes JSON lines while it is read. */
import { FileError } from '../formats/format.ts';

const byteOrderMark = String.raw`^(?:\ufeff|\xef\xbb\xbf)?\s*`;
const array = new RegExp(String.raw`${byteOrderMark}\[(?=\s*\{)`);
const object = new RegExp(String.raw`${byteOrderMark}\{`);
const features = /"features"\s*:\s*\[(?=\s*\{)/;

/**
 * The position of the first element of the list.
 * @param beginning of the file: a text, or its bytes as Latin-1
 * @returns -1 if it has no such list
 */
export function listBegin(beginning: string): number {
  const match =
    array.exec(beginning) ??
    (object.test(beginning) && beginning.includes('"FeatureCollection"') ? features.exec(beginning) : null);
  return match ? match.index + match[0].length : -1;
}

/**
 * The elements of a list as lines of UTF-8, in constant memory.
 * @param content the file, in UTF-8
 * @param begin the result of `listBegin`
 * @throws FileError if the list does not end
 */
export async function* listLines(content: AsyncIterable<Buffer>, begin: number): AsyncGenerator<Buffer> {
  const splitter = new ListSplitter();
  let skip = begin;
  for await (const chunk of content) {
    if (chunk.length > skip) yield splitter.split(chunk.subarray(skip));
    skip = Math.max(skip - chunk.length, 0);
  }
  if (!splitter.ended) throw new FileError('the JSON ends within its list, so it is damaged or incomplete');
}

const [quote, comma, backslash, lineFeed, space] = [0x22, 0x2c, 0x5c, 0x0a, 0x20];

/** Puts line ends between the elements of a list, and nowhere else. */
export class ListSplitter {
  /** Whether the bracket that ends the list has been passed. */
  ended = false;
  /** The number of brackets that are open within the list. */
  #depth = 0;
  #withinText = false;
  #escaped = false;

  /** The next part of the list with its line ends; empty behind the list. */
  split(chunk: Buffer): Buffer {
    if (this.ended) return Buffer.alloc(0);
    const bytes = Buffer.from(chunk);
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte < space) bytes[i] = space;
      else if (this.#withinText) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#withinText = false;
      } else if (byte === quote) this.#withinText = true;
      else if (byte === comma) {
        if (this.#depth === 0) bytes[i] = lineFeed;
      } else if (byte === 0x5b || byte === 0x7b) this.#depth++;
      else if (byte === 0x5d || byte === 0x7d) {
        if (this.#depth-- === 0) {
          this.ended = true;
          bytes[i] = lineFeed;
          return bytes.subarray(0, i + 1);
        }
      }
    }
    return bytes;
  }
}
