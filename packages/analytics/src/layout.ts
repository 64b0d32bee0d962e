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

/**
 * How many sales in force each combination of names has, as a ledger: every catch-up adds rows, negative ones for what was retired, and the sum
 * counts. Names are looked up here, since a scan for them takes 50 ms a million sales.
 */
const placeTable: Column[] = [
  { name: 'market_id', type: 'INTEGER' },
  { name: 'region', type: 'VARCHAR' },
  { name: 'locality', type: 'VARCHAR' },
  { name: 'postcode', type: 'VARCHAR' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'sales', type: 'BIGINT' },
];

/** Where the localities and postcodes of markets lie, by the keys that `placement.ts` makes of their names. */
const gazetteerTable: Column[] = [
  { name: 'market_id', type: 'INTEGER' },
  { name: 'locality', type: 'VARCHAR' },
  { name: 'postcode', type: 'VARCHAR' },
  { name: 'latitude', type: 'DOUBLE' },
  { name: 'longitude', type: 'DOUBLE' },
];

/** One row: what the replica has come to, and the statements that laid it out. */
const replicaTable: Column[] = [
  { name: 'layout', type: 'VARCHAR' },
  { name: 'lineage', type: 'VARCHAR' },
  { name: 'version', type: 'BIGINT' },
];

/** Makes every table anew, empty. */
export const layout = [
  createTable('replica', replicaTable),
  createTable('market', marketTable),
  createTable('place', placeTable),
  createTable('gazetteer', gazetteerTable),
  // What the coordinates are approximate to, for want of the sale's own: locality or postcode.
  createTable('sale', [...saleTable, { name: 'approximate', type: 'VARCHAR' }]),
].join(';\n');

export const marketColumns = marketTable.map(({ name }) => name);
export const placeColumns = placeTable.map(({ name }) => name).filter((name) => name !== 'sales');

function createTable(name: string, columns: Column[]): string {
  return `CREATE OR REPLACE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`;
}
