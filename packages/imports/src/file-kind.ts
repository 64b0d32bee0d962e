/** Names what a file is that cannot be read, so that the message states what to do. */

const beginnings: [string | RegExp, string][] = [
  [
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    'an old Excel workbook (.xls) or another old Office document: save it as XLSX or CSV',
  ],
  [
    /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|table)\b/i,
    'a web page: if a spreadsheet opens it, save it as XLSX or CSV; otherwise the download needed a login, or the address is not that of the file',
  ],
  ['%PDF-', 'a PDF: ask the source for CSV or XLSX'],
  ['SQLite format 3\0', 'an SQLite database: export its table as CSV'],
  ['version https://git-lfs.github.com/spec', 'a Git LFS pointer: download the file that it stands for'],
  ['{\\rtf', 'a text document (RTF): save its table as CSV'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive: send its files, or a zip of them'],
  ['Rar!', 'a RAR archive: send its files, or a zip of them'],
  [/^BZh\d/, 'compressed by bzip2: send it unpacked, or as zip or gzip'],
  ['\xfd7zXZ\0', 'compressed by xz: send it unpacked, or as zip or gzip'],
  ['\x28\xb5\x2f\xfd', 'compressed by Zstandard: send it unpacked, or as zip or gzip'],
  [/^[\s\S]{257}ustar/, 'a tar archive: send its files, or a zip of them'],
];

/** What a file that begins with the sample is, and what to do with it, without a full stop; undefined if it may be readable. */
export function fileKind(sample: Buffer): string | undefined {
  const text = sample.toString('latin1', 0, 512);
  return beginnings.find(([beginning]) =>
    typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text),
  )?.[1];
}

/** The same for a text that no format has. */
export function textKind(text: string): string | undefined {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  if (lines.length === 1 && /[,;\t|]/.test(lines[0] as string)) return 'a heading without rows';
  return /^\s*[[{]/.test(text)
    ? 'a JSON document that is no list of objects: save its records as one, as JSON lines or as CSV'
    : undefined;
}

/** The same for a zip, from the names of its files. */
export function zipKind(names: readonly string[]): string | undefined {
  if (names.includes('xl/workbook.bin')) return 'a binary Excel workbook (.xlsb): save it as XLSX';
  return names.includes('word/document.xml') ? 'a Word document: save its table as CSV' : undefined;
}
