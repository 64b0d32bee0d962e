/** The history: every write, its author and its result. */
import type { Database, RevisionRow } from '@property-insights/database';

export interface Revision
  extends Pick<
    RevisionRow,
    | 'id'
    | 'kind'
    | 'author'
    | 'note'
    | 'coded_note'
    | 'sales_added'
    | 'sales_retired'
    | 'places_added'
    | 'places_retired'
    | 'set_aside_added'
    | 'set_aside_retired'
    | 'notes_added'
    | 'notes_retired'
    | 'created_at'
  > {
  /** The version of its market that it made; null if it concerns no market. */
  version: number | null;
  /** The position in the history of all markets, which is the order of lists. */
  position: number;
  /** The code of the market; null for a revision that added a market, or concerns none. */
  market: string | null;
  /** The import or undo that wrote it. */
  import: string | null;
  undoes: number | null;
  undoes_version: number | null;
  undone_by: number | null;
}

function select(database: Database) {
  return database.kysely
    .selectFrom('revision')
    .leftJoin('market', 'market.id', 'revision.market_id')
    .leftJoin('import', 'import.revision_id', 'revision.id')
    .leftJoin('revision as undo', 'undo.undoes', 'revision.id')
    .leftJoin('revision as undone', 'undone.id', 'revision.undoes')
    .select([
      'revision.id',
      'revision.market_version as version',
      'revision.version as position',
      'market.code as market',
      'revision.kind',
      'revision.author',
      'revision.note',
      'revision.coded_note',
      'revision.sales_added',
      'revision.sales_retired',
      'revision.places_added',
      'revision.places_retired',
      'revision.set_aside_added',
      'revision.set_aside_retired',
      'revision.notes_added',
      'revision.notes_retired',
      'revision.created_at',
      'import.id as import',
      'revision.undoes',
      'undone.market_version as undoes_version',
      'undo.id as undone_by',
    ])
    .$narrowType<{ position: number }>();
}

/** One page of all revisions, or those of a market, the latest first, that precede the version `before`. */
export function listRevisions(
  database: Database,
  marketId: number | undefined,
  before: number | undefined,
  limit: number,
): Promise<Revision[]> {
  let page = select(database).orderBy('revision.version', 'desc').limit(limit);
  if (marketId !== undefined) page = page.where('revision.market_id', '=', marketId);
  if (before !== undefined) page = page.where('revision.version', '<', before);
  return page.execute();
}

/** The revisions of a market after a version, up to another, the latest first. */
export function revisionsBetween(
  database: Database,
  marketId: number,
  { from, to }: { from: number; to: number },
  limit: number,
): Promise<Revision[]> {
  return select(database)
    .where('revision.market_id', '=', marketId)
    .where('revision.market_version', '>', from)
    .where('revision.market_version', '<=', to)
    .orderBy('revision.market_version', 'desc')
    .limit(limit)
    .execute();
}

export function findRevision(database: Database, id: number): Promise<Revision | undefined> {
  return select(database).where('revision.id', '=', id).executeTakeFirst();
}
