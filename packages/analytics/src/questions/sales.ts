import Type from 'typebox';
import { coverageOf, coveredChange, coveredSchema } from '../coverage.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { type SaleRow, saleRow, saleRowColumns } from '../sale-rows.ts';
import { standardChange } from '../standard.ts';
import { heading, leftOut, leftOutSchema, marketHeading, nullableText } from '../statistics.ts';

const sorts = { contract_date: 'DATE', price: 'BIGINT', address: 'VARCHAR', land_area: 'DOUBLE', floor_area: 'DOUBLE' };
type Sort = keyof typeof sorts;
type Order = 'asc' | 'desc';

/** The sales as rows. */
export const sales = defineQuestion({
  name: 'sales',
  summary: 'List sales, sorted and paged',
  example: { sort: 'price', limit: 10 },
  methodChanges: [standardChange, coveredChange],
  parameters: Type.Object(
    {
      ...filterParameters,
      sort: Type.Optional(
        Type.Enum(Object.keys(sorts) as Sort[], {
          default: 'contract_date',
          description: 'The member to sort by. Equal sales are sorted by id.',
        }),
      ),
      order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'desc', description: 'Ascending or descending.' })),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 100,
          description: 'The maximum number of sales on a page.',
        }),
      ),
      skip: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          default: 0,
          description:
            'The number of sales before the page, to go to any position: with sort=price and order=asc, half of `total` is the position of the median. To read all sales, `cursor` is faster.',
        }),
      ),
      cursor: Type.Optional(
        Type.String({
          maxLength: 2000,
          description: '`next` of the previous page. The other parameters have to stay the same.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    total: Type.Integer({ description: 'Number of sales on all pages.' }),
    sales: Type.Array(saleRow, { description: 'Sales without the member sorted by are last.' }),
    next: nullableText('Cursor of the next page; null on the last page.'),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'sales',
  rest: ({ next }) => (next === null ? undefined : { cursor: next, skip: undefined }),
  async ask(db, parameters, market) {
    const { sort = 'contract_date', order = 'desc', limit = 100, skip = 0, cursor } = parameters;
    if (skip > 0 && cursor !== undefined) {
      throw new InvalidQuestion('skip', 'skip and cursor both state where the page begins; omit one of them.');
    }
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const { total } = await db.row<{ total: number }>(`SELECT count(*) AS total FROM sale WHERE ${where}`, values);
    const position = cursor === undefined ? undefined : readCursor(cursor, sort);
    // One more row than the page shows whether there is a next page.
    const found = await db.rows<SaleRow>(
      `SELECT ${saleRowColumns} FROM sale WHERE ${where} ${position ? `AND ${isAfter(sort, order, position.value)}` : ''}
       ORDER BY ${sort} ${order} NULLS LAST, id LIMIT ${limit + 1} OFFSET ${skip}`,
      position
        ? { ...values, after_id: position.id, ...(position.value !== null && { after_value: position.value }) }
        : values,
    );
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      market: heading(market),
      total,
      sales: page,
      next: found.length > limit && last ? writeCursor(last[sort], last.id) : null,
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

type Position = { value: string | number | null; id: number };

/** SQL condition for sales that follow a `Position`. */
function isAfter(sort: Sort, order: Order, value: Position['value']): string {
  if (value === null) return `(${sort} IS NULL AND id > $after_id::BIGINT)`;
  const after = `$after_value::${sorts[sort]}`;
  return `(${sort} ${order === 'asc' ? '>' : '<'} ${after} OR ${sort} IS NULL OR (${sort} = ${after} AND id > $after_id::BIGINT))`;
}

function writeCursor(value: Position['value'], id: number): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

function readCursor(cursor: string, sort: Sort): Position {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(id) && isValue(value, sort)) return { value, id: id as number };
  } catch {
    // Not JSON: reported below.
  }
  throw new InvalidQuestion(
    'cursor',
    'cursor must be the `next` of the previous page, with the same sort; omit it for the first page.',
  );
}

function isValue(value: unknown, sort: Sort): value is Position['value'] {
  if (value === null) return true;
  switch (sorts[sort]) {
    case 'DATE':
      return typeof value === 'string' && isDay(value);
    case 'VARCHAR':
      return typeof value === 'string';
    case 'BIGINT':
      return Number.isSafeInteger(value);
    default:
      return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  }
}

/** Whether a text is a day. `Date` accepts the 30th of February, but writes it as a day in March. */
function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
