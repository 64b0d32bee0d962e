/** Conditions of a mapping on the rows of a table. */
import type { Condition } from './mapping.ts';
import { type Cell, plain, readNumber } from './readings.ts';

/** Whether a cell meets the condition. */
export function meets({ words = [], above = Number.POSITIVE_INFINITY }: Condition): (cell: Cell) => boolean {
  const phrases = words.map((word) => ` ${normal(word)} `);
  return (cell) => {
    const number = typeof cell === 'number' ? cell : readNumber(cell)['.'];
    if (number > above) return true;
    const text = ` ${normal(String(cell))} `;
    return phrases.some((phrase) => text.includes(phrase));
  };
}

/** Words in lower case, without accents and signs: `Not arm's length` → `not arm s length`. */
export function normal(text: string): string {
  return (plain(text).match(/[\p{L}\d]+/gu) ?? []).join(' ');
}
