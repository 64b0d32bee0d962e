/** Short ways to write blocks. */
import type { Column, Paragraph, TableBlock, TextBlock, Value } from './document.ts';

export function heading(text: string, note?: string) {
  return { type: 'heading', text, ...(note && { note }) } as const;
}

/** Sentences that open a report. */
export function lead(...sentences: string[]): TextBlock {
  return { type: 'text', style: 'lead', paragraphs: [{ kind: 'paragraph', runs: [{ text: sentences.join(' ') }] }] };
}

export function text(...paragraphs: string[]): TextBlock {
  return { type: 'text', style: 'body', paragraphs: paragraphs.map((each) => paragraph(each)) };
}

/** @param title in bold before the text */
export function paragraph(text: string, title?: string): Paragraph {
  return { kind: 'paragraph', runs: [...(title ? [{ text: `${title} `, bold: true as const }] : []), { text }] };
}

export function items(...texts: string[]): TextBlock {
  return { type: 'text', style: 'body', paragraphs: texts.map((each) => ({ kind: 'item', runs: [{ text: each }] })) };
}

/** A member that only some releases of a question answer with, such as an end of an interval; null where there is none. */
export function optional(row: object, member: string): Value {
  const value = (row as Record<string, unknown>)[member];
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}

/** The rows of a table whose columns have the names of members. */
export function rowsOf(records: readonly object[], columns: readonly Column[]): Value[][] {
  return records.map((record) => columns.map(({ name }) => optional(record, name)));
}

/** A table whose columns have the names of the records' members. */
export function tableOf(name: string, title: string, columns: Column[], records: readonly object[]): TableBlock {
  return { type: 'table', name, title, columns, rows: rowsOf(records, columns) };
}

/** `House` for `house`: names of types as titles. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
