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
 * How many sales in force each combination of some columns has, as ledgers: every catch-up adds rows, negative ones for what was retired, and the
 * sum counts. Names and addresses are looked up here, since a scan of the sales for them takes 50 ms a million or more. A load writes a ledger by
 * its first two columns, so that a search for the second reads what is near it and passes the rest over.
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

/** One row: what the replica has come to, and by what statements it was made. */
const replicaTable: Column[] = [
  { name: 'maker', type: 'VARCHAR' },
  { name: 'lineage', type: 'VARCHAR' },
  { name: 'version', type: 'BIGINT' },
];

/** Makes every table anew, empty. */
export const layout = [
  createTable('replica', replicaTable),
  createTable('market', marketTable),
  createTable('gazetteer', gazetteerTable),
  // What the coordinates are approximate to, for want of the sale's own: locality or postcode.
  createTable('sale', [...saleTable, { name: 'approximate', type: 'VARCHAR' }]),
  ...ledgers.map(({ name, columns }) => createTable(name, [...columns, { name: 'sales', type: 'BIGINT' }])),
].join(';\n');

export const marketColumns = marketTable.map(({ name }) => name);

function createTable(name: string, columns: Column[]): string {
  return `CREATE OR REPLACE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`;
}
