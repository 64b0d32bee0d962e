/**
 * The rows that an import rejected, as `GET /api/imports/{id}/rejects` returns them, corrected in the column `content`. Each is read by the
 * format of its original file. If it is rejected again, the new reject states the original file and line.
 */
import { withMark, withoutMark } from '@property-insights/database';
import { stringify } from 'csv-stringify/sync';
import { type CsvLayout, columnPositions, csvFormat, namesColumns } from './csv.ts';
import type { Format, Place, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { withoutLineEnd } from './record-parser.ts';

export const rejectColumns = ['file', 'line', 'reason', 'message', 'content', 'format', 'header'] as const;

/**
 * A file of rejects, or with `header: false` a later part of one (RFC 4180).
 * @param raw whether texts that a spreadsheet would execute stay as they are
 */
export function rejectsCsv(
  rejects: Record<(typeof rejectColumns)[number], string | number | null>[],
  { header = true, raw = false }: { header?: boolean; raw?: boolean } = {},
): string {
  return stringify(rejects, {
    columns: [...rejectColumns],
    header,
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
    ...(!raw && { cast: { string: withMark } }),
  });
}

/** The formats that can read a row on its own. */
type RowFormat = Pick<Format, 'name' | 'title' | 'rowReader'>;

/** @param formats the formats of the original files */
export function rejectsFormat(formats: readonly RowFormat[]): Format {
  return csvFormat(
    {
      name: 'rejects',
      title: 'rejects of an import',
      detect: (sample) => namesColumns(sample, rejectColumns),
    },
    (header) => layout(header, formats),
  );
}

type Fields = [string, string, string, string, string, string, string];

/** Readers are cached, because the rows of one file follow each other. */
const maxReaders = 100;

function layout(header: string[], formats: readonly RowFormat[]): CsvLayout {
  const places = columnPositions(header, rejectColumns);
  const fieldsOf = (record: string[]) => {
    const [file, line, , , content, format, rowHeader] = places.map((place) =>
      withoutMark(record[place] as string),
    ) as Fields;
    return { file, line, content, format, rowHeader };
  };
  const readers = new Map<string, (content: string) => Sale | Place>();
  return {
    hasHeader: true,
    width: header.length,
    sale(record) {
      const { file, content, format, rowHeader } = fieldsOf(record);
      const from = `${file}\n${format}\n${rowHeader}`;
      let reader = readers.get(from);
      if (!reader) {
        reader = rowReader(formats, format, rowHeader);
        if (readers.size >= maxReaders) readers.clear();
        readers.set(from, reader);
      }
      return reader(withoutLineEnd(content));
    },
    source(record) {
      // In a record of another width, the columns cannot be identified.
      if (record.length !== header.length) return {};
      const { file, line, content, format, rowHeader } = fieldsOf(record);
      return {
        ...(/^\d{1,15}$/.test(line) && { line: Number(line) }),
        content,
        header: rowHeader,
        origin: { file, format },
      };
    },
  };
}

function rowReader(formats: readonly RowFormat[], name: string, header: string): (content: string) => Sale | Place {
  const format = formats.find((known) => known.name === name);
  if (!format) throw new ValueError('unknown format', `there is no format "${name}"`);
  try {
    return format.rowReader(header);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ValueError('bad header', `its header is not one of the format ${format.title}: ${error.message}`);
  }
}
