/** Sales as rows of a worksheet (Office Open XML), written by DuckDB: a million rows take a quarter of the time that they take in JavaScript. */
import type { Connection, Values } from './connection.ts';
import { saleRow } from './sale-rows.ts';

/** The rows of a worksheet. */
export interface SheetRows {
  /** Members of a sale, each with the number of its style in the workbook. */
  columns: { name: string; style: number; isDate: boolean }[];
  /** The member to sort by; sales without it are last. */
  sort: string;
  order: 'asc' | 'desc';
}

/** Rows of a sheet below its head, by the limit of Excel. */
export const maxSheetRows = 1_048_575;

/** Without a separator and quotes, a row is one text. */
export const sheetFormat = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER ''`;

/** Rows that DuckDB sorts and holds at a time: more take fewer scans of the sales, and more memory (docs/decisions/0027). */
const rowsAtOnce = 25_000;

/**
 * SQL for the rows of the sales that match a condition, in consecutive batches. Equal sales are sorted by id.
 * @param values of the condition
 */
export async function sheetBatches(
  db: Connection,
  { columns, sort, order }: SheetRows,
  { where, values }: { where: string; values: Values },
  batchRows = rowsAtOnce,
): Promise<string[]> {
  for (const name of [sort, ...columns.map((column) => column.name)]) {
    if (!Object.hasOwn(saleRow.properties, name)) throw new Error(`A sale has no member ${name}.`);
  }
  const sorted = `ORDER BY ${sort} ${order === 'asc' ? 'ASC' : 'DESC'} NULLS LAST, id`;
  // The last sale of each batch, by its key alone, of which a million fit into little memory.
  const lasts = await db.rows<{ id: number }>(
    `SELECT id FROM (SELECT id, row_number() OVER (${sorted}) AS n FROM sale WHERE ${where}) WHERE n % ${batchRows} = 0 ORDER BY n`,
    values,
  );
  /** Whether a sale is after the one with this id. */
  const isAfter = ({ id }: { id: number }) => {
    const last = `(SELECT ${sort} FROM sale WHERE id = ${id})`;
    const later = `${sort} ${order === 'asc' ? '>' : '<'} ${last}`;
    return `CASE WHEN ${sort} IS NULL THEN ${last} IS NOT NULL OR id > ${id} ELSE coalesce(${later} OR (${sort} = ${last} AND id > ${id}), false) END`;
  };
  return [...lasts, undefined].map((last, i) => {
    const before = lasts[i - 1];
    const within = [`(${where})`, before && isAfter(before), last && `NOT ${isAfter(last)}`].filter(Boolean);
    // A chain of || would hold the beginning of each row once for each cell.
    return `SELECT concat('<row>', ${columns.map(cell).join(', ')}, '</row>') AS element
      FROM (SELECT * FROM sale WHERE ${within.join(' AND ')} ${sorted})`;
  });
}

interface Described {
  type?: string;
  anyOf?: Described[];
}

/** Whether a schema is one of numbers, or of numbers and null. */
function isNumber({ type = '', anyOf = [] }: Described = {}): boolean {
  return ['integer', 'number'].includes(type) || anyOf.some(isNumber);
}

/** Characters of a cell, by the limit of Excel. */
const maxText = 32_767;
/** What XML does not have. */
const unusable = '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}\\x{fffe}\\x{ffff}]';

function cell({ name, style, isDate }: SheetRows['columns'][number]): string {
  const open = `<c s="${Number(style)}"`;
  const number = (sql: string) => `coalesce('${open}><v>' || ${sql} || '</v></c>', '${open}/>')`;
  if (isDate) return number(`date_diff('day', DATE '1899-12-30', ${name}::DATE)`);
  if (isNumber((saleRow.properties as Record<string, Described>)[name])) return number(name);
  const text = `regexp_replace(left(${name}::VARCHAR, ${maxText}), '${unusable}', '\ufffd', 'g')`;
  // Excel reads _x0041_ as A.
  const escaped = `replace(replace(replace(replace(${text}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '_x', '_x005F_x')`;
  return `coalesce('${open} t="inlineStr"><is><t xml:space="preserve">' || ${escaped} || '</t></is></c>', '${open}/>')`;
}
