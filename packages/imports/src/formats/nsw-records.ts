/**
 * The reader of both forms of sales files of the New South Wales Valuer General.
 *
 * They are not CSV: fields are separated by `;`, every record ends with one, and there is no quoting. A `"` is an ordinary character, at which a
 * CSV reader would treat the following records as one value. Records: A header, B sale, others that are only counted, Z trailer.
 */
import { addRow, checkRowLength } from './add-row.ts';
import type { Batch, Format, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { lineBatches } from './text.ts';

/** One of the two forms. */
export interface NswForm extends Pick<Format, 'name' | 'title' | 'detect'> {
  /** The date of the file, `CCYYMMDD`, from its header record; empty if it has none. */
  fileDate(header: string): string;
  /** Whether the header record and the date are optional. */
  dateless?: boolean;
  /** The record types that the trailer counts, in its order, after the number of all records. */
  counted: readonly string[];
  /** Reads the sale from a record. Throws `ValueError`. */
  sale(text: string, fileDate: string): Sale;
}

/** The records from a header record to its trailer record. */
interface Section {
  header: string;
  /** The line of its first record. */
  line: number;
  fileDate: string;
  total: number;
  counts: Map<string, number>;
}

export function nswFormat(form: NswForm): Format {
  const { name, title, detect } = form;
  return {
    name,
    title,
    detect,
    read: (file) => read(file, form),
    rowReader(header) {
      const fileDate = header === '' && form.dateless ? '' : dateOf(header, 1, form);
      return (text) => readRecord(text, fileDate, form);
    },
  };
}

async function* read(file: AsyncIterable<Buffer>, form: NswForm): AsyncGenerator<Batch> {
  let line = 0;
  // A file may be several files joined together.
  let section: Section | undefined;
  const begin = (header: string): Section => ({
    header,
    line,
    fileDate: header === '' ? '' : dateOf(header, line, form),
    total: 0,
    counts: new Map(form.counted.map((kind) => [kind, 0])),
  });
  for await (const lines of lineBatches(file)) {
    const batch: Batch = { sales: [], rejects: [] };
    for (const text of lines) {
      line++;
      if (text === '') continue;
      const kind = text.slice(0, text.indexOf(';'));
      if (kind === 'A') {
        if (section) throw unfinished(section);
        section = begin(text);
      } else if (!section && form.dateless && kind === 'B') {
        section = begin('');
      }
      if (!section)
        throw new FileError(
          `line ${line} is not between a header record (A) and its trailer record (Z); the file is incomplete or has another format`,
        );
      const { counts, header, fileDate } = section;
      section.total++;
      const count = counts.get(kind);
      if (count !== undefined) counts.set(kind, count + 1);
      if (kind === 'Z') {
        checkTrailer(text, line, section, form);
        section = undefined;
      } else if (kind === 'B' || (kind !== 'A' && count === undefined)) {
        addRow(
          batch,
          () => readRecord(text, fileDate, form),
          () => ({ line, content: text, header }),
        );
      }
    }
    yield batch;
  }
  if (section) throw unfinished(section);
}

function dateOf(header: string, line: number, form: NswForm): string {
  const date = header.startsWith('A;') ? form.fileDate(header) : '';
  if (date || (form.dateless && header.startsWith('A;'))) return date;
  throw new FileError(
    `the header record on line ${line} has no date of the file (CCYYMMDD HH24:MI), which limits the contract dates; download the file again`,
  );
}

function readRecord(text: string, fileDate: string, { counted, sale }: NswForm): Sale {
  if (!text.startsWith('B;')) {
    const kind = text.split(';', 1)[0]?.slice(0, 20);
    const known = ['A', ...counted].join(', ');
    throw new ValueError('unknown record type', `record type "${kind}" is none of ${known} and Z`);
  }
  checkRowLength(text.length);
  if (text.includes('\0')) throw new ValueError('unreadable text', 'the record contains a NUL character');
  return sale(text, fileDate);
}

function checkTrailer(
  text: string,
  line: number,
  { total: held, counts }: Section,
  { counted, dateless }: NswForm,
): void {
  const [total, ...stated] = (/^Z((?:;\d+)+);+$/.exec(text)?.[1] ?? '').split(';').slice(1).map(Number);
  if (total === undefined || stated.length !== counted.length) {
    throw new FileError(`the trailer on line ${line} is incomplete; download the file again`);
  }
  const check = (records: string, count: number, found: number) => {
    if (count === found) return;
    throw new FileError(
      `the trailer on line ${line} states ${count} ${records}, but the file has ${found}: it is incomplete or was changed; download it again`,
    );
  };
  for (const [i, kind] of counted.entries()) check(`${kind} records`, stated[i] as number, counts.get(kind) as number);
  // For the archived form, it is not documented whether the total includes header and trailer.
  if (!dateless) check('records in all', total, held);
}

function unfinished({ line }: Section): FileError {
  return new FileError(
    `the trailer record (Z) of the header on line ${line} is missing, so the file is incomplete; download it again`,
  );
}
