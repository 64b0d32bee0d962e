/** Lists in messages. */
import type { Column } from './mapping.ts';

/** Columns in a message: `"a" and column 3` */
export function quoted(columns: readonly Column[]): string {
  return columns.map((column) => (typeof column === 'number' ? `column ${column}` : `"${column}"`)).join(' and ');
}

/** `"a", "b" or "c"` */
export function listed(choices: string[]): string {
  const quotes = choices.map((choice) => `"${choice}"`);
  return quotes.length < 2 ? quotes.join() : `${quotes.slice(0, -1).join(', ')} or ${quotes.at(-1)}`;
}
