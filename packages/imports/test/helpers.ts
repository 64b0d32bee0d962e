import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { crc32, deflateRawSync } from 'node:zlib';
import { type SharedFolder, sharedPath } from '../../../test/shared-data.ts';
import { salesFiles } from '../src/files.ts';
import type { Batch, Format, Reject, Sale } from '../src/formats/format.ts';
import type { ImportFile } from '../src/index.ts';
import { tableFormat } from '../src/mapping/format.ts';

/** Files of a folder of the shared data. */
export function realFiles(folder: SharedFolder, names: string[]): ImportFile[] {
  return names.map((name) => ({ name, path: sharedPath(folder, name) }));
}

/** The weekly zips of 2024, in order. */
export function nswZips(): ImportFile[] {
  return realFiles('nsw-psi-2024', readdirSync(sharedPath('nsw-psi-2024')).sort());
}

/** Reads a file as an import does, tables by the mapping that is proposed for them. */
export async function readFile(file: ImportFile): Promise<Batch> {
  const table = tableFormat({ directory: tmpdir() });
  const all: Batch = { sales: [], rejects: [] };
  for await (const { format, content } of salesFiles([file], () => undefined, undefined, table)) {
    for await (const { sales, rejects } of format.read(content)) {
      all.sales.push(...sales);
      all.rejects.push(...rejects);
    }
  }
  return all;
}

/** A file that arrives in pieces of so many bytes. */
export async function* pieces(content: Buffer, pieceSize: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < content.length; i += pieceSize) yield content.subarray(i, i + pieceSize);
}

/** Reads a text as a file of the format, in pieces of `pieceSize` bytes. */
export async function readText(format: Format, content: string | Buffer, pieceSize = 7): Promise<Batch> {
  const sales: Sale[] = [];
  const rejects: Reject[] = [];
  for await (const batch of format.read(pieces(Buffer.from(content as string), pieceSize))) {
    sales.push(...batch.sales);
    rejects.push(...batch.rejects);
  }
  return { sales, rejects };
}

/** A zip of these files, without compression. */
export function storedZip(files: Record<string, string | Buffer>): Buffer {
  return zip(files, 0, (content) => content);
}

/** A zip of these files as other programs make it. */
export function deflatedZip(files: Record<string, string | Buffer>): Buffer {
  return zip(files, 8, deflateRawSync);
}

function zip(files: Record<string, string | Buffer>, method: number, pack: (content: Buffer) => Buffer): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text as string);
    const packed = pack(content);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, path]));
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}

/** The parts of a workbook with these sheets, given as the XML of their rows; `styles` are the number formats of its cell styles. */
export function xlsxParts(
  sheets: Record<string, string>,
  { strings = '', formats = [0], date1904 = false }: { strings?: string; formats?: number[]; date1904?: boolean } = {},
): Record<string, string> {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const names = Object.keys(sheets);
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`;
  return {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    'xl/workbook.xml': `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="${main}" xmlns:r="${office}">${
      date1904 ? '<workbookPr date1904="1"/>' : ''
    }<sheets>${names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="s${i}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${names
      .map((_, i) => relation(`s${i}`, 'worksheet', `worksheets/sheet${i + 1}.xml`))
      .join(
        '',
      )}${relation('t', 'sharedStrings', 'sharedStrings.xml')}${relation('y', 'styles', '/xl/styles.xml')}</Relationships>`,
    ...Object.fromEntries(
      names.map((name, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        `<worksheet xmlns="${main}"><sheetData>${sheets[name]}</sheetData></worksheet>`,
      ]),
    ),
    'xl/sharedStrings.xml': `<sst xmlns="${main}">${strings}</sst>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts><numFmt numFmtId="164" formatCode="d&quot; of &quot;mmm\\ yyyy"/><numFmt numFmtId="165" formatCode="[Red]_-&quot;day&quot; #,##0"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${formats
      .map((id) => `<xf numFmtId="${id}"/>`)
      .join('')}</cellXfs></styleSheet>`,
  };
}

/** The XML of rows of texts and numbers. */
export function xlsxRows(...rows: (string | number | null)[][]): string {
  const cell = (value: string | number | null) => {
    if (value === null) return '<c/>';
    if (typeof value === 'number') return `<c><v>${value}</v></c>`;
    return `<c t="inlineStr"><is><t>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</t></is></c>`;
  };
  return rows.map((row) => `<row>${row.map(cell).join('')}</row>`).join('');
}

/** The part `content.xml` of an OpenDocument workbook with these sheets, given as the XML of their rows. Sheets of the style `off` are hidden. */
export function odsContent(sheets: Record<string, string>): string {
  const uri = (name: string) => `urn:oasis:names:tc:opendocument:xmlns:${name}:1.0`;
  const names = ['office', 'table', 'text', 'style'].map((name) => `xmlns:${name}="${uri(name)}"`).join(' ');
  const tables = Object.entries(sheets).map(
    ([name, rows]) => `<table:table table:name="${name}"><table:table-column/>${rows}</table:table>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><office:document-content ${names}><office:automatic-styles><style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>${tables.join('')}</office:spreadsheet></office:body></office:document-content>`;
}

/** The parts of an OpenDocument workbook with this content. */
export function odsParts(content: string): Record<string, string> {
  return { mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': content };
}
