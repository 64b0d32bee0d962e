/**
 * The content of a market as a replica pulls it: all of it at some version, or what changed since the version that the replica has.
 */
import type { Readable } from 'node:stream';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { attributeNames, attributes } from './attributes.ts';
import { VersionGone } from './errors.ts';
import type { MarketRow } from './schema.ts';
import type { MarketVersion } from './version.ts';

/**
 * The columns of an exported sale, in order, with their PostgreSQL types: those of the table without `market_id`, `retired_by`, which is null in
 * every exported row, and `fingerprint` and `format`, which only imports compare.
 */
export const saleColumns = [
  { name: 'id', type: 'bigint', nullable: false },
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
  { name: 'name', type: 'text', nullable: true },
  { name: 'postcode', type: 'text', nullable: false },
  { name: 'latitude', type: 'double precision', nullable: false },
  { name: 'longitude', type: 'double precision', nullable: false },
] as const;

/** The columns of an exported sale that was set aside by hand. */
export const setAsideColumns = [
  { name: 'key', type: 'text', nullable: false },
  { name: 'reason', type: 'text', nullable: false },
] as const;

/** The name, currency and settings of a market at a version. */
export type MarketState = Pick<
  MarketRow,
  | 'id'
  | 'code'
  | 'name'
  | 'currency'
  | 'time_zone'
  | 'is_synthetic'
  | 'attribution'
  | 'licence'
  | 'covered_from'
  | 'covered_to'
> & {
  /** The default method of price indices; null or absent before the first choice. */
  index_method?: string | null;
  /** Why it is the default, as a clause. */
  index_reason?: string | null;
  /** The version predates the record of such changes: the state is that of the time when the record began. */
  recorded_at_migration?: boolean;
};

export interface WrittenRevision {
  id: number;
  /** The day on which it was written, UTC. */
  day: string;
}

/** Opens a stream of rows as CSV without a header; null is empty, an empty text is `""`. */
export type Rows = () => Readable;

/**
 * What takes a replica of a market to a version, from an earlier version or from nothing. The streams share one connection: each has to be read
 * to its end before the next is opened.
 */
export interface Changes extends MarketVersion {
  /** The version that the changes follow; 0 if they are the whole content. */
  since: number;
  market: MarketState;
  /** The revisions since then. */
  revisions: WrittenRevision[];
  /** Sales that came into force, in the order of `saleColumns`. */
  added: Rows;
  /** The ids of sales that were in force at `since` and no longer are; undefined if there are none. */
  retired: Rows | undefined;
  /** All places in force, in the order of `placeColumns`; undefined if they are the same as at `since`. */
  places: Rows | undefined;
  /** The versions of the first and the last revision that changed the places; undefined as `places` is. */
  placed?: { first: number; last: number } | undefined;
  /** All sales set aside, in the order of `setAsideColumns`; undefined if they are the same as at `since`. */
  setAside: Rows | undefined;
}

/**
 * The changes of a market since a version, or its whole content where the version is 0, not the replica's lineage, or ahead of the database. To be
 * called within `Database.read`, so that all streams are of one snapshot.
 * @param from what the replica has
 * @returns undefined if the market has been deleted
 */
export async function exportChanges(
  client: pg.ClientBase,
  marketId: number,
  from: MarketVersion | undefined,
): Promise<Changes | undefined> {
  const { rows } = await client.query<
    MarketVersion & {
      since: number;
      market: MarketState;
      revisions: WrittenRevision[];
      retires: boolean;
      placed: { first: number; last: number } | null;
      aside: boolean;
    }
  >({
    name: 'changes',
    text: `SELECT version, lineage, since, state AS market,
             ${revisionsOf('market_version > since')} AS revisions,
             EXISTS (SELECT FROM revision WHERE market_id = $1 AND market_version > since AND sales_retired > 0) AS retires,
             (SELECT jsonb_build_object('first', min(market_version), 'last', max(market_version)) FROM revision
              WHERE market_id = $1 AND market_version > since AND places_added + places_retired > 0 HAVING count(*) > 0) AS placed,
             EXISTS (SELECT FROM revision WHERE market_id = $1 AND market_version > since AND set_aside_added + set_aside_retired > 0) AS aside
           FROM (
             SELECT version, lineage, CASE WHEN lineage::text = $3 AND $2 <= version THEN $2::bigint ELSE 0 END AS since,
               to_jsonb(market) - '{is_default, created_at, deleted_at, emptied_at}'::text[] AS state
             FROM history, market JOIN market_version ON market_id = market.id WHERE market.id = $1 AND deleted_at IS NULL
           ) AS current`,
    values: [marketId, from?.version ?? 0, from?.lineage ?? ''],
  });
  const [row] = rows;
  if (!row) return undefined;
  const { revisions, since, retires, placed, aside, ...current } = row;
  const everything = since === 0;
  const own = `market_id = ${marketId}`;
  // What was both added and retired since then was never in the replica. For few rows, `retired_by IS NULL` would lead the planner to the index of all
  // that are in force.
  const ids = oneOf(revisions.map(({ id }) => id));
  return {
    ...current,
    since,
    revisions,
    added: copy(
      client,
      saleColumns,
      'sale',
      everything ? `${own} AND retired_by IS NULL` : `added_by ${ids} AND coalesce(retired_by, 0) = 0`,
    ),
    retired:
      everything || !retires
        ? undefined
        : copy(client, [{ name: 'id' }], 'sale', `retired_by ${ids} AND NOT added_by ${ids}`),
    places:
      placed || everything ? copy(client, placeColumns, 'gazetteer_place', `${own} AND retired_by IS NULL`) : undefined,
    placed: placed && !everything ? placed : undefined,
    setAside:
      aside || everything
        ? copy(client, setAsideColumns, 'set_aside_sale', `${own} AND retired_by IS NULL`)
        : undefined,
  };
}

/**
 * The whole content of a market as it was at an earlier version. To be called within `Database.read`.
 * @param version one that the market has reached
 * @returns undefined if the market has been deleted
 * @throws VersionGone
 */
export async function exportVersion(
  client: pg.ClientBase,
  marketId: number,
  version: number,
): Promise<Changes | undefined> {
  const { rows } = await client.query<
    Pick<Changes, 'lineage' | 'market' | 'revisions'> & { gone: boolean; reached: number }
  >(
    `SELECT lineage, jsonb_build_object('id', id) || (
       SELECT market_state FROM revision WHERE market_id = market.id AND market_version <= $2 AND market_state IS NOT NULL
       ORDER BY market_version DESC LIMIT 1
     ) AS market,
     ${revisionsOf('market_version <= $2')} AS revisions,
     EXISTS (SELECT FROM version_gap WHERE market_id = market.id AND $2 BETWEEN first AND last) AS gone, version AS reached
     FROM history, market JOIN market_version ON market_id = market.id WHERE market.id = $1 AND deleted_at IS NULL`,
    [marketId, version],
  );
  if (!rows[0]) return undefined;
  const { gone, reached, ...current } = rows[0];
  if (gone) throw new VersionGone(version);
  if (version > reached) throw new RangeError(`The market is at version ${reached}, and has not reached ${version}.`);
  const inForce = (table: string) =>
    `market_id = ${marketId}
     AND EXISTS (SELECT FROM revision WHERE revision.id = ${table}.added_by AND market_version <= ${version})
     AND NOT EXISTS (SELECT FROM revision WHERE revision.id = ${table}.retired_by AND market_version <= ${version})`;
  return {
    ...current,
    version,
    since: 0,
    added: copy(client, saleColumns, 'sale', inForce('sale')),
    retired: undefined,
    places: copy(client, placeColumns, 'gazetteer_place', inForce('gazetteer_place')),
    setAside: copy(client, setAsideColumns, 'set_aside_sale', inForce('set_aside_sale')),
  };
}

/** SQL: the revisions of market $1 that meet a condition, as JSON. */
function revisionsOf(condition: string): string {
  return `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'day', (created_at AT TIME ZONE 'UTC')::date)), '[]')
             FROM revision WHERE market_id = $1 AND ${condition})`;
}

function copy(client: pg.ClientBase, columns: readonly { name: string }[], table: string, where: string): Rows {
  const names = columns.map(({ name }) => name).join(', ');
  return () => client.query(copyTo(`COPY (SELECT ${names} FROM ${table} WHERE ${where}) TO STDOUT (FORMAT csv)`));
}

/**
 * The ids as literals: COPY takes no parameters, and the planner has to know them. For ids that a subquery finds it expects an average revision's
 * rows (100,000 instead of 1, beside an import of 100,000), and may then read the whole table for one new sale.
 */
function oneOf(ids: number[]): string {
  return ids.length === 0 ? 'IN (NULL)' : `IN (${ids.join(', ')})`;
}
