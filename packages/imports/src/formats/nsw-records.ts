/**
 * What the two forms of sales files of the New South Wales Valuer General share.
 *
 * They look like CSV and are not: fields are separated by `;`, every record ends in one, and there is no quoting; a `"` is an ordinary character,
 * at which a CSV reader would swallow the records that follow. Records: A header, B sale, others that are counted only, Z trailer.
 */
import type { Batch, Format, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { lineBatches } from './text.ts';

/** One of the two forms. */
export interface NswForm extends Pick<Format, 'name' | 'title' | 'detect'> {
  /** The file's own date, `CCYYMMDD`, as its header record gives it; empty where that does not. */
  fileDate(header: string): string;
  /** Whether files may do without header record or date. */
  dateless?: boolean;
  /** The record types that the trailer counts, in its order, after the number of all records. */
  counted: readonly string[];
  /** The sale that a record states. Throws `ValueError`. */
  sale(text: string, fileDate: string): Sale;
}

/** From a header record on to its trailer record. */
interface Section {
  header: string;
  /** Of its first record. */
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
  // Several files joined into one are read as well.
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
        throw new FileError(`line ${line} stands outside of a header record (A) and its trailer record (Z)`);
      const { counts, header, fileDate } = section;
      section.total++;
      const count = counts.get(kind);
      if (count !== undefined) counts.set(kind, count + 1);
      if (kind === 'Z') {
        checkTrailer(text, line, section, form);
        section = undefined;
      } else if (kind === 'B' || (kind !== 'A' && count === undefined)) {
        try {
          batch.sales.push(readRecord(text, fileDate, form));
        } catch (error) {
          if (!(error instanceof ValueError)) throw error;
          const message = `line ${line}: ${error.message}`;
          batch.rejects.push({ line, content: text, header, reason: error.reason, message });
        }
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
    `the header record on line ${line} does not give the file's date (CCYYMMDD HH24:MI), so it cannot be told which contracts it can know of`,
  );
}

function readRecord(text: string, fileDate: string, { counted, sale }: NswForm): Sale {
  if (!text.startsWith('B;')) {
    const kind = text.split(';', 1)[0]?.slice(0, 20);
    const known = ['A', ...counted].join(', ');
    throw new ValueError('unknown record type', `record type "${kind}" is none of ${known} and Z`);
  }
  if (text.includes('\0')) throw new ValueError('unreadable text', 'the record holds a NUL character');
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
    throw new FileError(`the trailer on line ${line} is incomplete: the file was cut short; fetch it again`);
  }
  const check = (records: string, count: number, found: number) => {
    if (count === found) return;
    throw new FileError(
      `the trailer on line ${line} counts ${count} ${records} and the file holds ${found}: it is incomplete or was altered; fetch it again`,
    );
  };
  for (const [i, kind] of counted.entries()) check(`${kind} records`, stated[i] as number, counts.get(kind) as number);
  // In the archived form it is not documented whether header and trailer are among them.
  if (!dateless) check('records in all', total, held);
}

function unfinished({ line }: Section): FileError {
  return new FileError(
    `the trailer record (Z) of the header on line ${line} is missing: the file was cut short; fetch it again`,
  );
}
