/**
 * The changes since a version, for replicas: the markets, the sales that came into force or were retired, and the gazetteers if one has changed. The sales
 * of a deleted market are not retired: a replica removes them with the market.
 */
import { Readable } from 'node:stream';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { attributeNames, attributes } from './attributes.ts';
import type { MarketRow } from './schema.ts';
import type { DataVersion } from './version.ts';

/**
 * The columns of an exported sale, in order, with their PostgreSQL types. They are those of the table without `retired_by`, which is null in every
 * exported row, and `fingerprint`, which only imports use.
 */
export const saleColumns = [
  { name: 'id', type: 'bigint', nullable: false },
  { name: 'market_id', type: 'integer', nullable: false },
  { name: 'property_id', type: 'bigint', nullable: false },
  { name: 'key', type: 'text', nullable: false },
  { name: 'issued_at', type: 'timestamp with time zone', nullable: true },
  { name: 'added_by', type: 'bigint', nullable: false },
  { name: 'contract_date', type: 'date', nullable: true },
  { name: 'settlement_date', type: 'date', nullable: true },
  { name: 'price', type: 'bigint', nullable: false },
  { name: 'type', type: 'text', nullable: true },
  { name: 'address', type: 'text', nullable: false },
  { name: 'street', type: 'text', nullable: true },
  { name: 'locality', type: 'text', nullable: true },
  { name: 'region', type: 'text', nullable: true },
  { name: 'postcode', type: 'text', nullable: true },
  ...attributeNames.map((name) => ({ name, type: attributes[name].type, nullable: true })),
  { name: 'dealing', type: 'text', nullable: true },
  { name: 'non_standard', type: 'text', nullable: true },
  { name: 'details', type: 'jsonb', nullable: true },
] as const;

/** The columns of an exported place. */
export const placeColumns = [
  { name: 'market_id', type: 'integer', nullable: false },
  { name: 'name', type: 'text', nullable: true },
  { name: 'postcode', type: 'text', nullable: false },
  { name: 'latitude', type: 'double precision', nullable: false },
  { name: 'longitude', type: 'double precision', nullable: false },
] as const;

/** A market without its timestamps. */
export type ExportedMarket = Omit<MarketRow, 'created_at' | 'deleted_at' | 'emptied_at'>;

/**
 * The changes from one version to a later one. The streams are CSV without a header, in which null is an empty field and an empty text is `""`. They share
 * one connection, so each has to be read to its end before the next is opened.
 */
export interface Changes {
  /** The version that a replica has reached after applying them. */
  toVersion: number;
  lineage: string;
  /** All markets, by id. */
  markets: ExportedMarket[];
  /** The ids of the revisions since the earlier version. */
  revisions: number[];
  /** The sales that are in force now and were not at `sinceVersion`, with the columns of `saleColumns`. */
  added(): Readable;
  /** The ids of sales that were in force at `sinceVersion` and are not now, except those of deleted markets. */
  retired(): Readable;
  /** All places in force, with the columns of `placeColumns`; undefined if none has changed since `sinceVersion`. */
  places: (() => Readable) | undefined;
}

/**
 * The changes since a version; all of the content since version 0. Must be called within `Database.read`, which makes it one snapshot.
 * @throws RangeError if the database has not reached the version, because the replica was filled from another database
 */
export async function exportChanges(client: pg.ClientBase, sinceVersion: number): Promise<Changes> {
  const { rows } = await client.query<
    DataVersion & {
      revisions: number[];
      retires: boolean;
      places: boolean;
      deleted: number[];
      markets: ExportedMarket[];
    }
  >({
    name: 'changes',
    text: `SELECT version, lineage, revisions, EXISTS (SELECT FROM revision WHERE version > $1 AND sales_retired > 0) AS retires,
             EXISTS (SELECT FROM revision WHERE version > $1 AND places_added + places_retired > 0) AS places,
             ARRAY(SELECT id FROM market WHERE deleted_at IS NOT NULL AND emptied_at IS NULL) AS deleted,
             (SELECT coalesce(json_agg(to_jsonb(market) - '{created_at, deleted_at, emptied_at}'::text[] ORDER BY id), '[]')
              FROM market WHERE deleted_at IS NULL) AS markets
           FROM data_version, (SELECT ARRAY(SELECT id FROM revision WHERE version > $1) AS revisions) AS since`,
    values: [sinceVersion],
  });
  const { version, lineage, revisions, retires, places, deleted, markets } = rows[0] as (typeof rows)[number];
  if (sinceVersion > version) {
    throw new RangeError(
      `Version ${sinceVersion} was requested, but the database has only reached version ${version}.`,
    );
  }
  const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name).join(', ');
  const stream = (query: string) => client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT csv)`));
  const everything = sinceVersion === 0;
  const since = oneOf(revisions);
  // Rows of a deleted market are not in force. (With `retired_by IS NULL`, the planner could use the index of all sales in force for a single sale.)
  const inForce = `coalesce(retired_by, 0) = 0${deleted.length === 0 ? '' : ` AND NOT market_id ${oneOf(deleted)}`}`;
  return {
    toVersion: version,
    lineage,
    markets,
    revisions,
    added: () =>
      stream(`SELECT ${names(saleColumns)} FROM sale WHERE ${inForce}${everything ? '' : ` AND added_by ${since}`}`),
    // Sales that were both added and retired since then were never in the replica.
    retired: () =>
      everything || !retires
        ? Readable.from([])
        : stream(`SELECT id FROM sale WHERE retired_by ${since} AND NOT added_by ${since}`),
    places: places ? () => stream(`SELECT ${names(placeColumns)} FROM gazetteer_place WHERE ${inForce}`) : undefined,
  };
}

/**
 * SQL: a condition with the ids as literals. COPY takes no parameters, and the planner has to know the ids: for those of a subquery it expects the rows of
 * an average revision (100,000 instead of 1, after an import of 100,000), and may read the whole table for one new sale.
 */
function oneOf(ids: number[]): string {
  return ids.length === 0 ? 'IN (NULL)' : `IN (${ids.join(', ')})`;
}
