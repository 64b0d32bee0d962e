/** What is possible but unlikely in the sales of a file, for the preview and for the result of the import. */
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

  /** Sentences without full stops. */
  notes(): string[] {
    if (this.#count === 0) return [];
    return [`contract dates in the future, such as ${this.#example}: ${this.#count}; these sales are not standard`];
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

  /** For each received file, a sentence without a full stop. */
  notes(): { file: string; note: string }[] {
    return [...this.#ofFile].map(([file, { names, others }]) => ({
      file,
      note: `not read, because they have no sales: ${names.join(', ')}${others > 0 ? ` and ${others} others` : ''}`,
    }));
  }
}

/** What identifies a row to a reader. */
type ShownRow = Pick<Sale, 'address' | 'contractDate' | 'price' | 'type' | 'floorArea' | 'details'>;

/**
 * A sentence about rows with one key, of which an import keeps the last.
 * @param rows how many of which rows: `2 of the first 1000`
 */
export function mergedNote(rows: string, [one, other]: readonly [ShownRow, ShownRow]): string {
  return `${rows} rows are other versions of earlier rows: they have the same sale_key, but other values, such as ${describe(one)} and ${describe(other)}; only the last is kept. If they are different sales, assign the columns that distinguish them to sale_key`;
}

function describe({ address, contractDate, price, type, floorArea, details }: ShownRow): string {
  const values = [address, contractDate, price, type, floorArea && `${floorArea} m²`, details?.slice(0, 200)];
  return `(${values.filter(Boolean).join(', ')})`.toWellFormed();
}
