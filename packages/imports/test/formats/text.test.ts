import { describe, expect, test } from 'vitest';
import { asUtf8, encodingOf, lineBatches, sampleText } from '../../src/formats/text.ts';
import { pieces } from '../helpers.ts';

async function utf8Of(content: Buffer, pieceSize: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const piece of asUtf8(pieces(content, pieceSize))) texts.push(piece.toString());
  return texts;
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const text = 'price,address\n1,Café de l’Étoile\n2,Straße\n';

describe.each([1, 2, 3, 7, 65_536])('in pieces of %i bytes', (pieceSize) => {
  test.each([
    ['UTF-8', 'utf-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', 'utf-8', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 with a byte order mark', 'utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['big-endian UTF-16 with a byte order mark', 'utf-16be', utf16be(`\uFEFF${text}`)],
    ['UTF-16 without a byte order mark', 'utf-16le', Buffer.from(text, 'utf16le')],
    ['big-endian UTF-16 without a byte order mark', 'utf-16be', utf16be(text)],
    // ’ is a character that Windows-1252 has and Latin-1 has not.
    ['Windows-1252', 'windows-1252', Buffer.from(text.replace('’', '\x92'), 'latin1')],
  ])('%s is understood', async (_, encoding, content) => {
    expect(encodingOf(content)).toBe(encoding);
    expect(sampleText(content)).toBe(text);
    expect((await utf8Of(content, pieceSize)).join('')).toBe(text);
  });

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('lines that end in %s are parted, the last one without an end too', async (_, end) => {
    for (const content of [`a${end}${end}c${end}`, `a${end}${end}c`]) {
      const lines: string[] = [];
      for await (const batch of lineBatches(pieces(Buffer.from(content), pieceSize))) lines.push(...batch);
      expect(lines).toEqual(['a', '', 'c']);
    }
  });

  test('a line that is not UTF-8 costs no other: each is taken for what it is', async () => {
    const content = Buffer.concat([Buffer.from('Café\n'), Buffer.from('Café\n', 'latin1'), Buffer.from('Straße\n')]);
    expect((await utf8Of(content, pieceSize)).join('')).toBe('Café\nCafé\nStraße\n');
  });
});

test('what another program has spoilt before stays as it came', async () => {
  const spoilt = 'CafÃ© \uFFFD\n';
  expect(await utf8Of(Buffer.from(spoilt), 100)).toEqual([spoilt]);
});

test('NUL bytes here and there make no UTF-16 of a file', () => {
  expect(encodingOf(Buffer.from('a,b\0,c\n\0\0\0,1,2\n'))).toBe('utf-8');
});

test('a sample that ends within a character is still UTF-8', () => {
  const content = Buffer.from('Straße, 👍');
  for (let cut = 0; cut < 4; cut++) expect(encodingOf(content.subarray(0, content.length - cut))).toBe('utf-8');
});

test('pieces end where lines do', async () => {
  expect(await utf8Of(Buffer.from('one\ntwo\nthree'), 5)).toEqual(['one\n', 'two\n', 'three']);
});

test('a line of a gigabyte is refused once its first megabyte is read', async () => {
  const piece = Buffer.alloc(1 << 16, 'x');
  let read = 0;
  async function* gigabyte() {
    for (; read < 1 << 30; read += piece.length) yield piece;
  }
  await expect(async () => {
    for await (const _ of asUtf8(gigabyte()));
  }).rejects.toThrow('line 1 is longer than 1 MB, so this is not a sales file');
  expect(read).toBeLessThan(2 << 20);
});
