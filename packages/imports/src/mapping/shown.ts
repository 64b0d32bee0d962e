/** Columns as mappings and messages name them. */
import type { Column } from './mapping.ts';
import { quoted } from './quoted.ts';
import type { Beginning } from './table.ts';

/** A column as a mapping names it: by its number if its name is empty or not unique. */
export function named({ columns, named: byName }: Beginning, index: number): Column {
  const name = columns[index] as string;
  return byName && name !== '' && columns.indexOf(name) === columns.lastIndexOf(name) ? name : index + 1;
}

/** A column in a message: its name in quotes, or its number. */
export function shown(beginning: Beginning, index: number): string {
  return quoted([named(beginning, index)]);
}
