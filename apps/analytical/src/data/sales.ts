/** Setting single sales aside. */
import { type Database, NotFound, setAside } from '@property-insights/database';

export interface ChangedSale {
  id: number;
  /** The reason; null for a sale that is not set aside. */
  set_aside: string | null;
  /** The revision, and the version of the market that it made; null if nothing changed. */
  revision: number | null;
  version: number | null;
  changed: boolean;
}

/** Sets a sale in force aside, or reinstates it (reason null). @throws NotFound, MarketGone, MarketBusy */
export async function changeSetAside(
  database: Database,
  id: number,
  reason: string | null,
  author: string,
): Promise<ChangedSale> {
  const written = await setAside(database, id, reason, author);
  if (!written) throw new NotFound(await explainMissing(database, id));
  if (written === 'unchanged') return { id, set_aside: reason, revision: null, version: null, changed: false };
  const { revisionId: revision, version } = written;
  return { id, set_aside: reason, revision, version, changed: true };
}

/** The sentence for a sale that is not in force. */
async function explainMissing({ kysely }: Database, id: number): Promise<string> {
  const sale = await kysely
    .selectFrom('sale')
    .leftJoin('sale as current', (join) =>
      join
        .onRef('current.market_id', '=', 'sale.market_id')
        .onRef('current.key', '=', 'sale.key')
        .on('current.retired_by', 'is', null),
    )
    .select('current.id as current')
    .where('sale.id', '=', id)
    .executeTakeFirst();
  if (!sale) return `There is no sale ${id}.`;
  return sale.current === null
    ? `Sale ${id} is no longer in force.`
    : `Sale ${id} was superseded by sale ${sale.current}. Use that id.`;
}
