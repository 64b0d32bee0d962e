/** The tables of a store, which holds one market. */
import { placeColumns as gazetteerColumns, saleColumns, setAsideColumns } from '@property-insights/database';
import { spelledNames, statedName } from './spellings.ts';
import { priceLevelColumns } from './standard.ts';

type PostgresType = (typeof saleColumns)[number]['type'];

const duckdbTypes: Record<PostgresType, string> = {
  bigint: 'BIGINT',
  smallint: 'SMALLINT',
  text: 'VARCHAR',
  jsonb: 'VARCHAR',
  date: 'DATE',
  'timestamp with time zone': 'TIMESTAMPTZ',
  real: 'FLOAT',
  'double precision': 'DOUBLE',
};

export interface Column {
  name: string;
  type: string;
}

/** The columns of sales and of places, as PostgreSQL exports them. */
export const saleTable: Column[] = saleColumns.map(({ name, type }) => ({ name, type: duckdbTypes[type] }));
export const placeTable: Column[] = gazetteerColumns.map(({ name, type }) => ({ name, type: duckdbTypes[type] }));
export const setAsideTable: Column[] = setAsideColumns.map(({ name, type }) => ({ name, type: duckdbTypes[type] }));

/** One row. */
const marketTable: Column[] = [
  { name: 'id', type: 'INTEGER' },
  { name: 'code', type: 'VARCHAR' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'currency', type: 'VARCHAR' },
  { name: 'time_zone', type: 'VARCHAR' },
  { name: 'is_synthetic', type: 'BOOLEAN' },
  { name: 'attribution', type: 'VARCHAR' },
  { name: 'licence', type: 'VARCHAR' },
  { name: 'index_method', type: 'VARCHAR' },
  { name: 'index_reason', type: 'VARCHAR' },
  { name: 'covered_from', type: 'DATE' },
  { name: 'covered_to', type: 'DATE' },
  { name: 'recorded_at_migration', type: 'BOOLEAN' },
];

export interface CountTable {
  name: string;
  /** Those without `sql` are columns of a sale. */
  columns: (Column & { sql?: string })[];
}

/**
 * Count tables: the number of sales in force for each combination of some columns. Names and addresses are found here, because a scan of the sales
 * takes 50 ms a million or more.
 *
 * A catch-up adds entries, with negative numbers for retired sales; the number of sales of a combination is the sum of its entries. A full load
 * sorts the entries by the first two columns, so that a search for the second reads few row groups.
 *
 * A few sales that are added alone get no entries yet, because each statement takes longer than adding a sale. Their column `uncounted` is set. Each
 * count table has the name of a view, which unites the entries with the uncounted sales.
 */
export const countTables: CountTable[] = [
  { name: 'place', columns: spelledNames.map((name) => ({ name, type: 'VARCHAR' })) },
  // The same names as sources state them, by which their spellings are chosen: see `spellings.ts`.
  { name: 'spelling', columns: spelledNames.map((name) => ({ name, type: 'VARCHAR', sql: statedName(name) })) },
  {
    name: 'street',
    columns: [
      { name: 'region', type: 'VARCHAR' },
      { name: 'locality', type: 'VARCHAR' },
      { name: 'street', type: 'VARCHAR' },
    ],
  },
  {
    name: 'address',
    columns: [
      { name: 'folded', type: 'VARCHAR', sql: 'lower(address)' },
      { name: 'address', type: 'VARCHAR' },
      { name: 'locality', type: 'VARCHAR' },
      { name: 'region', type: 'VARCHAR' },
      { name: 'postcode', type: 'VARCHAR' },
      { name: 'property_id', type: 'BIGINT' },
    ],
  },
  // The prices that nominal ones are found by: see `standard.ts`.
  { name: 'price_level', columns: priceLevelColumns },
  // The days since 1970 on which sales were contracted and issued: see `coverage.ts`.
  {
    name: 'arrival',
    columns: [
      {
        name: 'contracted',
        type: 'INTEGER',
        sql: `CASE WHEN own_non_standard IS NULL THEN (contract_date - DATE '1970-01-01')::INTEGER END`,
      },
      { name: 'issued', type: 'INTEGER', sql: '(epoch(issued_at) // 86400)::INTEGER' },
    ],
  },
];

/** The coordinates of localities and postcodes, by the keys that `placement.ts` makes of their names. */
const gazetteerTable: Column[] = [
  { name: 'locality', type: 'VARCHAR' },
  { name: 'postcode', type: 'VARCHAR' },
  { name: 'latitude', type: 'DOUBLE' },
  { name: 'longitude', type: 'DOUBLE' },
];

/** One row: the definition of the file (see `store.ts`), and the version reached before the uncounted sales. */
const replicaTable: Column[] = [
  { name: 'definition', type: 'VARCHAR' },
  { name: 'lineage', type: 'VARCHAR' },
  { name: 'version', type: 'BIGINT' },
];

/** The combinations of names that sales have in another spelling than their source states: see `spellings.ts`. */
const respelledTable: Column[] = [
  ...spelledNames.map((name) => ({ name, type: 'VARCHAR' })),
  ...spelledNames.map((name) => ({ name: `as_${name}`, type: 'VARCHAR' })),
];

/** Below which price a sale is nominal, by the decade of its contract date. */
const nominalTable: Column[] = [
  { name: 'decade', type: 'INTEGER' },
  { name: 'below', type: 'BIGINT' },
  // See `Spare` in `standard.ts`.
  { name: 'spare', type: 'BIGINT' },
];

/** The name of the table with a count table's entries. */
export function entriesOf({ name }: CountTable): string {
  return `${name}_entries`;
}

/** SQL: the columns of a count table except the number of sales, as expressions on sales. */
export function countedColumns({ columns }: CountTable): string {
  return columns.map(({ name, sql = name }) => sql).join(', ');
}

/** SQL condition for sales without entries in the count tables. DuckDB skips row groups by this comparison, but not by IS NOT NULL. */
export const isUncounted = 'uncounted > 0';

/** Columns that the store adds to those of PostgreSQL. */
const addedColumns: Column[] = [
  // Whose middle the coordinates are if the sale states none: `locality` or `postcode`.
  { name: 'approximate', type: 'VARCHAR' },
  // Whether `non_standard` is null: nearly every scan filters by that, and this column takes half the time.
  { name: 'is_standard', type: 'BOOLEAN' },
  // The reason why the sale's own row makes it non-standard; `non_standard` also follows from other rows.
  { name: 'own_non_standard', type: 'VARCHAR' },
  // The reason why an analyst set the sale aside.
  { name: 'set_aside', type: 'VARCHAR' },
  // The names as the source states them, where their spelling is another.
  ...spelledNames.map((name) => ({ name: `stated_${name}`, type: 'VARCHAR' })),
  // The version that added the sale, while the sale has no entries in the count tables.
  { name: 'uncounted', type: 'BIGINT' },
];

/** SQL: the version that the store has reached, which is that of its last uncounted sale, or the one in the table `replica`. */
export const reachedVersion = `greatest(replica.version, (SELECT max(uncounted) FROM sale WHERE ${isUncounted}))`;

/** SQL: creates every table, empty. */
export const layout = [
  createTable('replica', replicaTable),
  createTable('market', marketTable),
  createTable('gazetteer', gazetteerTable),
  createTable('set_aside', setAsideTable),
  createTable('respelled', respelledTable),
  createTable('nominal', nominalTable),
  createTable('sale', [...saleTable, ...addedColumns]),
  ...countTables.flatMap((table) => [
    createTable(entriesOf(table), [...table.columns, { name: 'sales', type: 'BIGINT' }]),
    `CREATE OR REPLACE VIEW ${table.name} AS SELECT * FROM ${entriesOf(table)} UNION ALL SELECT ${countedColumns(table)}, 1 FROM sale WHERE ${isUncounted}`,
  ]),
].join(';\n');

export const marketColumns = marketTable.map(({ name }) => name);

function createTable(name: string, columns: Column[]): string {
  return `CREATE OR REPLACE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`;
}
