import { attributeNames, eachAttribute } from '@property-insights/database';
import Type, { type Static, type TSchema } from 'typebox';
import { amountOrNull } from '../amounts.ts';
import { coverageOf, coveredChange, coveredSchema } from '../coverage.ts';
import { eachCategory } from '../features.ts';
import { type Filters, filterParameters, type NameColumn, select } from '../filters.ts';
import { ofVersion } from '../market.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { figure, heading, marketHeading, nullableText } from '../statistics.ts';

const list = <T extends TSchema>(value: T) =>
  Type.Object({
    total: Type.Integer({ description: 'Number of values. `values` has those with the most sales.' }),
    values: Type.Array(Type.Object({ value, sales: Type.Integer() }), { description: 'Most sales first.' }),
  });
const names = list(nullableText('null for sales that state none.'));

const statedSchema = Type.Object(
  eachAttribute(() => Type.Integer()),
  {
    description:
      'Number of sales under all filters that state each attribute; coordinates may be those of their locality or postcode.',
  },
);

const standards = Type.Object({ true: Type.Integer(), false: Type.Integer(), all: Type.Integer() });

/** Of the sales under all filters. */
type Selected = Partial<Static<typeof statedSchema>> &
  Record<'min_price' | 'max_price', number | null> &
  Record<'min_date' | 'max_date', string | null> & { sales: number };

interface Range<T> {
  min: T | null;
  max: T | null;
}

/** The values of each filter, and how many sales each of them would select. */
export const facets = defineQuestion({
  name: 'facets',
  summary: 'List the values of each filter, with the number of sales under the other filters',
  example: { limit: 10 },
  methodChanges: [standardChange, coveredChange],
  parameters: Type.Object(
    {
      ...filterParameters,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 100,
          description: 'The maximum number of values of each filter.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    region: names,
    locality: names,
    postcode: names,
    type: names,
    ...eachCategory(() => names),
    bedrooms: list(figure('null for sales that state none.')),
    price: Type.Object({ min: amountOrNull('null without sales.'), max: amountOrNull('null without sales.') }),
    contract_date: Type.Object({ min: nullableText('null without sales.'), max: nullableText('null without sales.') }),
    stated: statedSchema,
    standard: standards,
    covered: coveredSchema,
  }),
  async ask(db, { limit = 100, ...filters }, market) {
    const selection = await select(db, filters, market);
    const countOf = (name: string) => `count(${name}) AS ${name}`;
    const statedByAny = await ofVersion(db, 'stated', () =>
      db.row<Static<typeof statedSchema>>(`SELECT ${attributeNames.map(countOf).join(', ')} FROM sale`),
    );
    // Most sources state few attributes.
    const columns = [
      'count(*) AS sales, min(price) AS min_price, max(price) AS max_price',
      'min(contract_date) AS min_date, max(contract_date) AS max_date',
      ...attributeNames.filter((name) => statedByAny[name] > 0).map(countOf),
    ];
    const { sales, min_price, max_price, min_date, max_date, ...found } = await db.row<Selected>(
      `SELECT ${columns.join(', ')} FROM sale WHERE ${selection.where}`,
      selection.values,
    );
    const stated = { ...eachAttribute(() => 0), ...found };
    const isFiltered = (aside: Filters) =>
      Object.keys(aside).some((name) => filters[name as keyof Filters] !== undefined);
    /** The values of a column, without the filters on that column. Nothing is read for an attribute that no sale states. */
    const values = async <T>(column: NameColumn | 'bedrooms', aside: Filters) => {
      if (!isFiltered(aside) && sales > 0 && stated[column as keyof typeof stated] === 0) {
        return { total: 1, values: [{ value: null as T, sales }] };
      }
      const selection = await select(db, { ...filters, ...aside }, market);
      const rows = await db.rows<{ value: T; sales: number; total: number }>(
        `SELECT ${column} AS value, count(*) AS sales, count(*) OVER () AS total FROM sale WHERE ${selection.where}
         GROUP BY ${column} ORDER BY sales DESC, value NULLS LAST LIMIT ${limit}`,
        selection.values,
      );
      return { total: rows[0]?.total ?? 0, values: rows.map(({ value, sales }) => ({ value, sales })) };
    };
    /** The range of a column, without the filters on that column. @param own that of the sales under all filters */
    const range = async <T>(column: 'price' | 'contract_date', aside: Filters, own: Range<T>) => {
      if (!isFiltered(aside)) return own;
      const selection = await select(db, { ...filters, ...aside }, market);
      return db.row<Range<T>>(
        `SELECT min(${column}) AS min, max(${column}) AS max FROM sale WHERE ${selection.where}`,
        selection.values,
      );
    };
    const every = await select(db, { ...filters, standard: 'all' }, market);
    const standard = await db.row<Static<typeof standards>>(
      `SELECT count(*) FILTER (WHERE is_standard) AS true, count(non_standard) AS false, count(*) AS all
       FROM sale WHERE ${every.where}`,
      every.values,
    );
    return {
      market: heading(market),
      region: await values<string | null>('region', { region: undefined }),
      locality: await values<string | null>('locality', { locality: undefined }),
      postcode: await values<string | null>('postcode', { postcode: undefined }),
      type: await values<string | null>('type', { type: undefined }),
      tenure: await values<string | null>('tenure', { tenure: undefined }),
      flat_model: await values<string | null>('flat_model', { flat_model: undefined }),
      zoning: await values<string | null>('zoning', { zoning: undefined }),
      bedrooms: await values<number | null>('bedrooms', { bedrooms_min: undefined, bedrooms_max: undefined }),
      price: await range('price', { price_min: undefined, price_max: undefined }, { min: min_price, max: max_price }),
      contract_date: await range(
        'contract_date',
        { sold_from: undefined, sold_to: undefined },
        { min: min_date, max: max_date },
      ),
      stated,
      standard,
      covered: await coverageOf(db, selection),
    };
  },
});
