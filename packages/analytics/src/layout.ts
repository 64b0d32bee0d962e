/** The replica's tables. A replica laid out otherwise, by another release, starts afresh. */
import { placeColumns as gazetteerColumns, saleColumns } from '@property-insights/database';

type PostgresType = (typeof saleColumns)[number]['type'];

const duckdbTypes: Record<PostgresType, string> = {
  bigint: 'BIGINT',
  integer: 'INTEGER',
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

/** As they come from PostgreSQL. */
export const saleTable: Column[] = saleColumns.map(({ name, type }) => ({ name, type: duckdbTypes[type] }));
export const gazetteerPlace: Column[] = gazetteerColumns.map(({ name, type }) => ({ name, type: duckdbTypes[type] }));

const marketTable: Column[] = [
  { name: 'id', type: 'INTEGER' },
  { name: 'code', type: 'VARCHAR' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'currency', type: 'VARCHAR' },
  { name: 'time_zone', type: 'VARCHAR' },
  { name: 'is_default', type: 'BOOLEAN' },
  { name: 'is_synthetic', type: 'BOOLEAN' },
  { name: 'attribution', type: 'VARCHAR' },
  { name: 'licence', type: 'VARCHAR' },
];

export interface Ledger {
  name: string;
  /** `sql` where a column is not one of the sales'. */
  columns: (Column & { sql?: string })[];
}

/**
 * How many sales in force each combination of some columns has, as ledgers: a catch-up adds rows, negative ones for what was retired, and the sum
 * counts. Names and addresses are looked up here, since a scan of the sales for them takes 50 ms a million or more. A load writes a ledger by its
 * first two columns, so that a search for the second reads what is near it and passes the rest over.
 *
 * A few sales that come by themselves make no entries yet, since every statement takes longer than a sale. Their column `uncounted` tells them, and
 * a ledger's name is that of a view that has both.
 */
export const ledgers: Ledger[] = [
  {
    name: 'place',
    columns: [
      { name: 'market_id', type: 'INTEGER' },
      { name: 'region', type: 'VARCHAR' },
      { name: 'locality', type: 'VARCHAR' },
      { name: 'postcode', type: 'VARCHAR' },
      { name: 'type', type: 'VARCHAR' },
    ],
  },
  {
    name: 'street',
    columns: [
      { name: 'market_id', type: 'INTEGER' },
      { name: 'region', type: 'VARCHAR' },
      { name: 'locality', type: 'VARCHAR' },
      { name: 'street', type: 'VARCHAR' },
    ],
  },
  {
    name: 'address',
    columns: [
      { name: 'market_id', type: 'INTEGER' },
      { name: 'folded', type: 'VARCHAR', sql: 'lower(address)' },
      { name: 'address', type: 'VARCHAR' },
      { name: 'locality', type: 'VARCHAR' },
      { name: 'region', type: 'VARCHAR' },
      { name: 'postcode', type: 'VARCHAR' },
      { name: 'property_id', type: 'BIGINT' },
    ],
  },
];

/** Where the localities and postcodes of markets lie, by the keys that `placement.ts` makes of their names. */
const gazetteerTable: Column[] = [
  { name: 'market_id', type: 'INTEGER' },
  { name: 'locality', type: 'VARCHAR' },
  { name: 'postcode', type: 'VARCHAR' },
  { name: 'latitude', type: 'DOUBLE' },
  { name: 'longitude', type: 'DOUBLE' },
];

/** One row: by what statements the replica was made, and what it had come to before the sales that no ledger counts. */
const replicaTable: Column[] = [
  { name: 'maker', type: 'VARCHAR' },
  { name: 'lineage', type: 'VARCHAR' },
  { name: 'version', type: 'BIGINT' },
];

/** The table of a ledger's entries. */
export function entriesOf({ name }: Ledger): string {
  return `${name}_entries`;
}

/** SQL: a ledger's columns but the number of sales, of sales. */
export function counted({ columns }: Ledger): string {
  return columns.map(({ name, sql = name }) => sql).join(', ');
}

/** SQL condition for the sales that the ledgers do not count yet. By a comparison, DuckDB passes over all others (by IS NOT NULL it does not). */
export const uncounted = 'uncounted > 0';

/** What the replica adds to the sales that come. */
const addedColumns: Column[] = [
  // What the coordinates are approximate to, for want of the sale's own: locality or postcode.
  { name: 'approximate', type: 'VARCHAR' },
  // The version that came with the sale, while no ledger counts it.
  { name: 'uncounted', type: 'BIGINT' },
];

/** SQL for the version that the replica has come to: that of the last sale that came with nothing else, or the one on record. */
export const reachedVersion = `greatest(replica.version, (SELECT max(uncounted) FROM sale WHERE ${uncounted}))`;

/** Makes every table anew, empty. */
export const layout = [
  createTable('replica', replicaTable),
  createTable('market', marketTable),
  createTable('gazetteer', gazetteerTable),
  createTable('sale', [...saleTable, ...addedColumns]),
  ...ledgers.flatMap((ledger) => [
    createTable(entriesOf(ledger), [...ledger.columns, { name: 'sales', type: 'BIGINT' }]),
    `CREATE OR REPLACE VIEW ${ledger.name} AS SELECT * FROM ${entriesOf(ledger)} UNION ALL SELECT ${counted(ledger)}, 1 FROM sale WHERE ${uncounted}`,
  ]),
].join(';\n');

export const marketColumns = marketTable.map(({ name }) => name);

function createTable(name: string, columns: Column[]): string {
  return `CREATE OR REPLACE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`;
}
