/** The version of the database's content: how many revisions have become visible, and what changed since an earlier version. */
import type pg from 'pg';

/** How far the content has come. Versions of different lineages cannot be compared. */
export interface DataVersion {
  version: number;
  lineage: string;
}

/** The current version, and what changed since an earlier one. */
export interface Progress extends DataVersion {
  /** The markets whose sales or gazetteers have changed; null if any of them, or the list of markets itself, may have changed. */
  changed: number[] | null;
}

/** Milliseconds. Every request waits for the version, so an outage has to show sooner than in other queries. */
export const versionTimeout = 5_000;

/** How many revisions are read to find the markets that changed. */
const maxRevisions = 100;

export async function readVersion(client: pg.ClientBase): Promise<DataVersion> {
  const { rows } = await client.query<DataVersion>({
    name: 'data-version',
    text: 'SELECT version, lineage FROM data_version',
    query_timeout: versionTimeout,
  } as pg.QueryConfig);
  return rows[0] as DataVersion;
}

/** @param since the version to compare with */
export async function readProgress(client: pg.ClientBase, since: number): Promise<Progress> {
  const { rows } = await client.query<DataVersion & { changed: (number | null)[] }>({
    name: 'progress',
    // ORDER BY leaves the planner only the index on version.
    text: `SELECT version, lineage, ARRAY(
             SELECT CASE WHEN kind <> 'market' THEN market_id END FROM revision WHERE version > $1
             ORDER BY version DESC LIMIT ${maxRevisions}
           ) AS changed
           FROM data_version`,
    values: [since],
    query_timeout: versionTimeout,
  } as pg.QueryConfig);
  const { changed, ...current } = rows[0] as (typeof rows)[number];
  const known = changed.length < maxRevisions && changed.every((id) => id !== null);
  return { ...current, changed: known ? changed : null };
}
