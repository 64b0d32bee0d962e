/** What changed between two versions of a market. */
import { Pool, TimedOut, VersionAhead, VersionGone } from '@property-insights/analytics';
import { attributeNames, type Database, Gone, Invalid, NotFound, type SaleRow } from '@property-insights/database';
import pg from 'pg';
import { type Revision, revisionsBetween } from './revisions.ts';

/** The first version is exclusive, the last inclusive. */
export interface Range {
  from: number;
  to: number;
}

export const changeKinds = ['added', 'retired', 'corrected', 'set_aside', 'reinstated'] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface ChangeCounts extends Range {
  market: string;
  revisions: number;
  sales: Record<ChangeKind, number>;
  /** The latest first, at most `maxRevisionsShown`. */
  by_revision: Revision[];
}

const changedColumns = [
  ...(['id', 'property_id', 'contract_date', 'settlement_date', 'price', 'type', 'address'] as const),
  ...(['street', 'locality', 'region', 'postcode'] as const),
  ...attributeNames,
  ...(['dealing', 'non_standard', 'details'] as const),
] as const;
type ChangedSale = Pick<SaleRow, (typeof changedColumns)[number]>;

export interface Change {
  change: ChangeKind;
  /** The last revision that changed it, and its version. */
  revision: number;
  version: number;
  key: string;
  /** Of a sale that was set aside; of a reinstated one, the former reason. */
  reason: string | null;
  /** As it was after the change, or before it was retired. Of a sale set aside or reinstated, as it is in force now; null if it is not. */
  sale: ChangedSale | null;
  /** Of a corrected sale, as it was before. */
  before: ChangedSale | null;
  /** In the list of changes. */
  position: string;
}

export const maxRevisionsShown = 1_000;

/** The ids of the revisions are a parameter of the statements: 100,000 of them take 1 MB. */
const maxRevisions = 100_000;

/** Milliseconds that a statement may take. */
const timeout = 20_000;

/** A range of a million corrections keeps a connection busy for seconds (13 s beside much other work), so few are read at a time. */
const maxReads = 2;
const maxWaiting = 4;

/**
 * SQL: the net changes of the revisions $1, of which no key has two. A row that came into force and was retired within the range is none, and a
 * sale whose content is as before has not changed. Materialized, because the planner would otherwise look a million rows up one by one.
 */
const changes = `
  before AS MATERIALIZED (
    SELECT id, key, fingerprint, retired_by FROM sale WHERE retired_by = ANY ($1) AND added_by <> ALL ($1)
  ),
  after AS MATERIALIZED (
    SELECT id, key, fingerprint, added_by FROM sale WHERE added_by = ANY ($1) AND (retired_by = ANY ($1)) IS NOT TRUE
  ),
  aside_before AS (SELECT * FROM set_aside_sale WHERE retired_by = ANY ($1) AND added_by <> ALL ($1)),
  aside_after AS (SELECT * FROM set_aside_sale WHERE added_by = ANY ($1) AND (retired_by = ANY ($1)) IS NOT TRUE),
  change AS (
    SELECT CASE WHEN before.id IS NULL THEN 'added' WHEN after.id IS NULL THEN 'retired' ELSE 'corrected' END AS change,
      0 AS part, coalesce(after.id, before.id) AS id, key, coalesce(after.added_by, before.retired_by) AS revision,
      CASE WHEN after.id IS NOT NULL THEN before.id END AS before_id, NULL AS reason
    FROM before FULL JOIN after USING (key) WHERE before.fingerprint IS DISTINCT FROM after.fingerprint
    UNION ALL
    SELECT CASE WHEN after.id IS NULL THEN 'reinstated' ELSE 'set_aside' END,
      1, coalesce(after.id, before.id), key, coalesce(after.added_by, before.retired_by), NULL, coalesce(after.reason, before.reason)
    FROM aside_before AS before FULL JOIN aside_after AS after USING (key) WHERE before.reason IS DISTINCT FROM after.reason
  )`;

const saleJson = (table: string) =>
  `CASE WHEN ${table}.id IS NOT NULL THEN json_build_object(${changedColumns.map((name) => `'${name}', ${table}.${name}`).join(', ')}) END`;

export class MarketChanges {
  readonly #database: Database;
  readonly #reads = new Pool([...Array(maxReads).keys()], maxWaiting);

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The versions that are meant: `to` is the current one by default, and `from` the one before `to`.
   * @throws NotFound, Gone, Invalid, VersionAhead, VersionGone
   */
  range(code: string, asked: Partial<Range>): Promise<Range> {
    return this.#database.read((client) => findRange(client, code, asked));
  }

  /** @throws as `range`; Overloaded, TimedOut */
  count(code: string, asked: Partial<Range>): Promise<ChangeCounts> {
    return this.#read(code, asked, async (client, { marketId, revisions, ...range }) => {
      const { rows } = await client.query<{ change: ChangeKind; count: number }>(
        `WITH ${changes} SELECT change, count(*) FROM change GROUP BY change`,
        [revisions],
      );
      const counts = new Map(rows.map(({ change, count }) => [change, count]));
      return {
        market: code,
        ...range,
        revisions: revisions.length,
        sales: Object.fromEntries(changeKinds.map((kind) => [kind, counts.get(kind) ?? 0])) as ChangeCounts['sales'],
        by_revision: await revisionsBetween(this.#database, marketId, range, maxRevisionsShown),
      };
    });
  }

  /**
   * One page of the changes that follow a position: those of sales by id, then those of what is set aside.
   * @throws as `count`
   */
  list(code: string, range: Range, after: string, limit: number): Promise<Change[]> {
    return this.#read(code, range, async (client, { marketId, revisions }) => {
      const { rows } = await client.query<Change>(
        `WITH ${changes},
         page AS (SELECT * FROM change WHERE (part, id) > ($2, $3) ORDER BY part, id LIMIT $4)
         SELECT change, page.revision, market_version AS version, page.key, reason, ${saleJson('sale')} AS sale, ${saleJson('before')} AS before,
           part || ':' || page.id AS position
         FROM page
         JOIN revision ON revision.id = page.revision
         LEFT JOIN LATERAL (
           SELECT * FROM sale WHERE part = 0 AND sale.id = page.id
           UNION ALL
           SELECT * FROM sale WHERE part = 1 AND sale.market_id = $5 AND sale.key = page.key AND sale.retired_by IS NULL
         ) AS sale ON true
         LEFT JOIN sale AS before ON before.id = page.before_id
         ORDER BY part, page.id`,
        [revisions, ...after.split(':'), limit, marketId],
      );
      return rows;
    });
  }

  /** Reads in one snapshot, within the limits of time and of reads at a time. */
  #read<T>(
    code: string,
    asked: Partial<Range>,
    work: (client: pg.PoolClient, range: Range & { marketId: number; revisions: number[] }) => Promise<T>,
  ): Promise<T> {
    const read = () =>
      this.#database.read(async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${timeout}`);
        const range = await findRange(client, code, asked);
        return work(client, { ...range, revisions: await readRevisions(client, range) });
      });
    return this.#reads.use(read, never).catch((error: unknown) => {
      throw error instanceof pg.DatabaseError && error.code === '57014' ? new TimedOut(timeout) : error;
    });
  }
}

/** A signal that never aborts. */
const never = new AbortController().signal;

async function findRange(
  client: pg.ClientBase,
  code: string,
  asked: Partial<Range>,
): Promise<Range & { marketId: number }> {
  const {
    rows: [market],
  } = await client.query<{ id: number; deleted: boolean; version: number }>(
    `SELECT id, deleted_at IS NOT NULL AS deleted, version FROM market JOIN market_version ON market_id = id
     WHERE code = $1 ORDER BY deleted_at DESC NULLS FIRST LIMIT 1`,
    [code],
  );
  if (!market) throw new NotFound(`There is no market "${code}".`);
  if (market.deleted) throw new Gone(`The market "${code}" has been deleted.`);
  const { to = market.version } = asked;
  const ahead = [asked.from ?? 0, to].find((version) => version > market.version);
  if (ahead !== undefined) throw new VersionAhead(code, ahead, market.version);
  const {
    rows: [found],
  } = await client.query<{ before: number; gone: number | null }>(
    `SELECT (SELECT coalesce(max(market_version), 0) FROM revision WHERE market_id = $1 AND market_version < $3) AS before,
       (SELECT version FROM unnest(ARRAY[$2, $3]::bigint[]) AS version
        WHERE EXISTS (SELECT FROM version_gap WHERE market_id = $1 AND version BETWEEN first AND last) LIMIT 1) AS gone`,
    [market.id, asked.from ?? null, to],
  );
  const { before, gone } = found as { before: number; gone: number | null };
  if (gone !== null) throw new VersionGone(gone);
  const { from = before } = asked;
  if (from > to) throw new Invalid(`Query parameter "from" (${from}) is above "to" (${to}); exchange them.`);
  return { marketId: market.id, from, to };
}

/** The ids of the revisions in a range. @throws Invalid if they are too many */
async function readRevisions(
  client: pg.ClientBase,
  { marketId, from, to }: Range & { marketId: number },
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM revision WHERE market_id = $1 AND market_version > $2 AND market_version <= $3 LIMIT ${maxRevisions + 1}`,
    [marketId, from, to],
  );
  if (rows.length > maxRevisions) {
    throw new Invalid(`There are more than ${maxRevisions} revisions between the versions ${from} and ${to}.`);
  }
  return rows.map(({ id }) => id);
}
