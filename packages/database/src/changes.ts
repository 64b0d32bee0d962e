/**
 * What a replica pulls: the markets, the sales that came into force or were retired since the version it has, and the gazetteers if they are
 * others since. The sales of a market that was deleted are not retired: they go with it.
 */
import { Readable } from 'node:stream';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { attributeNames, attributes } from './attributes.ts';
import type { MarketRow } from './schema.ts';
import type { DataVersion } from './version.ts';

/**
 * The columns of an exported sale, in order, with their PostgreSQL types: those of the table but `retired_by`, which is null in every exported
 * row, and `fingerprint`, which only imports compare.
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

/** The columns of an exported place, likewise. */
export const placeColumns = [
  { name: 'market_id', type: 'integer', nullable: false },
  { name: 'name', type: 'text', nullable: true },
  { name: 'postcode', type: 'text', nullable: false },
  { name: 'latitude', type: 'double precision', nullable: false },
  { name: 'longitude', type: 'double precision', nullable: false },
] as const;

/** What is known of a market, but for when it was made. */
export type ExportedMarket = Omit<MarketRow, 'created_at' | 'deleted_at' | 'emptied_at'>;

/**
 * The way from one version to the next. The streams are CSV without a header, where null is empty and an empty text is `""`; they share
 * one connection, so that one has to be read to its end before the other is asked for.
 */
export interface Changes {
  /** What a replica has after applying both streams. */
  toVersion: number;
  lineage: string;
  /** All markets, by id. */
  markets: ExportedMarket[];
  /** The ids of the revisions in between, by which sales were added and retired. */
  revisions: number[];
  /** The sales that are in force now and were not at `sinceVersion`, in the order of `saleColumns`. */
  added(): Readable;
  /** The ids of sales that were in force at `sinceVersion` and are not now, but for those of markets that are not there any more. */
  retired(): Readable;
  /** All places in force, in the order of `placeColumns`; undefined where they are the same as at `sinceVersion`. */
  places: (() => Readable) | undefined;
}

/**
 * The changes since a version, 0 being before anything. To be called within `Database.read`, so that all of it is one snapshot.
 * @throws RangeError if the database has not come that far: the replica was filled from another one, and must start afresh.
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
    throw new RangeError(`Version ${sinceVersion} was asked for, but the database has only come to ${version}.`);
  }
  const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name).join(', ');
  const stream = (query: string) => client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT csv)`));
  const everything = sinceVersion === 0;
  const since = oneOf(revisions);
  // What a deleted market still holds is in force no more. (`retired_by IS NULL` would let in, for one sale, the index of all that are in force.)
  const inForce = `coalesce(retired_by, 0) = 0${deleted.length === 0 ? '' : ` AND NOT market_id ${oneOf(deleted)}`}`;
  return {
    toVersion: version,
    lineage,
    markets,
    revisions,
    added: () =>
      stream(`SELECT ${names(saleColumns)} FROM sale WHERE ${inForce}${everything ? '' : ` AND added_by ${since}`}`),
    // What was both added and retired in between was never in the replica.
    retired: () =>
      everything || !retires
        ? Readable.from([])
        : stream(`SELECT id FROM sale WHERE retired_by ${since} AND NOT added_by ${since}`),
    places: places ? () => stream(`SELECT ${names(placeColumns)} FROM gazetteer_place WHERE ${inForce}`) : undefined,
  };
}

/**
 * The ids as literals: COPY takes no parameters, and the planner has to know them. For ids that a subquery finds it expects an average
 * revision's rows (100,000 instead of 1, beside an import of 100,000), and is then free to read the whole table for one new sale.
 */
function oneOf(ids: number[]): string {
  return ids.length === 0 ? 'IN (NULL)' : `IN (${ids.join(', ')})`;
}
