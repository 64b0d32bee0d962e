/** The history: every write, its author and its result. */
import type { Database, RevisionRow } from '@property-insights/database';

export interface Revision
  extends Pick<
    RevisionRow,
    | 'id'
    | 'kind'
    | 'author'
    | 'note'
    | 'sales_added'
    | 'sales_retired'
    | 'places_added'
    | 'places_retired'
    | 'created_at'
  > {
  /** The first version of the data that contains it. */
  version: number;
  /** The code of the market; null for a revision that added a market, or concerns none. */
  market: string | null;
  /** The import or undo that wrote it. */
  import: string | null;
  undoes: number | null;
  undone_by: number | null;
}

function select(database: Database) {
  return database.kysely
    .selectFrom('revision')
    .leftJoin('market', 'market.id', 'revision.market_id')
    .leftJoin('import', 'import.revision_id', 'revision.id')
    .leftJoin('revision as undo', 'undo.undoes', 'revision.id')
    .select([
      'revision.id',
      'revision.version',
      'market.code as market',
      'revision.kind',
      'revision.author',
      'revision.note',
      'revision.sales_added',
      'revision.sales_retired',
      'revision.places_added',
      'revision.places_retired',
      'revision.created_at',
      'import.id as import',
      'revision.undoes',
      'undo.id as undone_by',
    ])
    .$narrowType<{ version: number }>();
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

export function findRevision(database: Database, id: number): Promise<Revision | undefined> {
  return select(database).where('revision.id', '=', id).executeTakeFirst();
}
