/**
 * The rows that an import rejected, as `GET /api/imports/{id}/rejects` gives them, mended in the column `content`. Each is read by the format of the
 * file that it stood in, as if it stood there; a reject of it has the place it had there.
 */
import { tableRows } from '../mapping/rows.ts';
import { type CsvLayout, columnPlaces, csvFormat, namesColumns } from './csv.ts';
import type { Format, Place, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { formats } from './index.ts';

export const rejectColumns = ['file', 'line', 'reason', 'message', 'content', 'format', 'header'] as const;

export const rejects: Format = csvFormat(
  {
    name: 'rejects',
    title: 'rejects of an import',
    detect: (sample) => namesColumns(sample, rejectColumns),
  },
  layout,
);

type Fields = [string, string, string, string, string, string, string];

// Rows of one file come together.
const mostReaders = 100;

function layout(header: string[]): CsvLayout {
  const places = columnPlaces(header, rejectColumns);
  const fieldsOf = (record: string[]) => {
    const [file, line, , , content, format, rowHeader] = places.map((place) => record[place] as string) as Fields;
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
        reader = rowReader(format, rowHeader);
        if (readers.size >= mostReaders) readers.clear();
        readers.set(from, reader);
      }
      return reader(content.replace(/[\r\n]+$/, ''));
    },
    source(record) {
      // A record of another width has none of it in its place.
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

function rowReader(name: string, header: string): (content: string) => Sale | Place {
  const format = [...formats, tableRows].find((known) => known.name === name);
  if (!format) throw new ValueError('unknown format', `"${name}" is no format that is known here`);
  try {
    return format.rowReader(header);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ValueError('bad header', `its header cannot be read as one of ${format.title}: ${error.message}`);
  }
}
