/** How the first rows of a table are read by each answer to a question. */
import { FileError, type Sale, ValueError } from '../formats/format.ts';
import type { Mapping } from './mapping.ts';
import type { Question } from './questions.ts';
import type { Resolution } from './resolution.ts';
import { saleReader } from './sales.ts';
import type { Beginning } from './table.ts';

export interface Alternative {
  choice: string;
  /** The first rows as sales; null for one that would be rejected. */
  sales: (Sale | null)[];
}

/** Questions with more choices are about columns of wide tables. */
const maxChoices = 6;
const shownRows = 3;

/**
 * Reads the first rows by each choice of a question. Other open questions are answered by their first choice. Empty if the question has no choices, or
 * too many.
 * @param resolveWith completes a mapping with these answers
 */
export function alternatives(
  { member, choices }: Question,
  questions: readonly Question[],
  { columns, rows }: Beginning,
  resolveWith: (answers: Mapping) => Resolution,
): Alternative[] {
  if (choices.length < 2 || choices.length > maxChoices) return [];
  const others = questions.filter((other) => other.member !== member && other.choices.length > 0);
  return choices.map((choice) => {
    const answers = others.reduce((mapping, other) => answered(mapping, other.member, other.choices[0] as string), {});
    const read = readerBy(() => resolveWith(answered(answers, member, choice)), columns);
    return { choice, sales: rows.slice(0, shownRows).map(read) };
  });
}

/** A mapping with the answer to a question: of `fields.price`, the column. */
function answered(mapping: Mapping, member: string, choice: string): Mapping {
  const [, field] = /^fields\.(\w+)$/.exec(member) ?? [];
  const value = /^(\d+$|\[)/.test(choice) ? JSON.parse(choice) : choice;
  return field === undefined
    ? { ...mapping, [member]: value }
    : { ...mapping, fields: { ...mapping.fields, [field]: { column: value } } };
}

function readerBy(resolution: () => Resolution, columns: readonly string[]) {
  try {
    const reader = saleReader(resolution().mapping, columns);
    return (row: Parameters<typeof reader>[0]): Sale | null => {
      try {
        return reader(row);
      } catch (error) {
        if (error instanceof ValueError) return null;
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof FileError) return () => null;
    throw error;
  }
}
