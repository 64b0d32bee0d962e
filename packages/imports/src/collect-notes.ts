/** Collects what is possible but unlikely in the sales of a file, for the preview and for the result of the import. `file-notes.ts` lists the kinds. */
import type { FileNote } from './file-notes.ts';
import type { Sale } from './formats/format.ts';

/** Contract dates to come. Sources state days of their own time zone, so a contract may be one day ahead of UTC. */
export class FutureDates {
  readonly #last = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  #count = 0;
  #example = '';

  add({ contractDate }: Sale): void {
    if (contractDate === null || contractDate <= this.#last) return;
    this.#count++;
    this.#example ||= contractDate;
  }

  notes(): FileNote[] {
    return this.#count === 0 ? [] : [{ code: 'future_dates', sales: this.#count, example: this.#example }];
  }
}

/** The names of skipped files that a note lists. */
const maxNames = 5;

/** Files of archives and sheets of workbooks that are not read. */
export class SkippedFiles {
  readonly #ofFile = new Map<string, { names: string[]; others: number }>();

  /** @param name that of the received file, a slash, and the path in it */
  add = (name: string): void => {
    const [, archive = '', path = name] = /^([^/]*)\/(.*)$/s.exec(name) ?? [];
    const skipped = this.#ofFile.get(archive) ?? { names: [], others: 0 };
    this.#ofFile.set(archive, skipped);
    if (skipped.names.length < maxNames) skipped.names.push(path);
    else skipped.others++;
  };

  /** One for each received file. */
  notes(): { file: string; note: FileNote }[] {
    return [...this.#ofFile].map(([file, skipped]) => ({ file, note: { code: 'skipped_files', ...skipped } }));
  }
}

/** What identifies a row to a reader. */
type ShownRow = Pick<Sale, 'address' | 'contractDate' | 'price' | 'type' | 'floorArea' | 'details'>;

/** The note on rows with one key, of which an import keeps the last. */
export function mergedNote(
  { rows, of }: { rows: number; of: number | null },
  [one, other]: readonly [ShownRow, ShownRow],
): FileNote {
  return { code: 'other_versions', rows, of, examples: [describe(one), describe(other)] };
}

function describe({ address, contractDate, price, type, floorArea, details }: ShownRow): string {
  const values = [address, contractDate, price, type, floorArea && `${floorArea} m²`, details?.slice(0, 200)];
  return `(${values.filter(Boolean).join(', ')})`.toWellFormed();
}
