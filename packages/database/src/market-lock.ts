import pg from 'pg';

/** The first key of the advisory locks of markets. The second is the market's id. */
const marketLocks = 1;

/** The market has been deleted. */
export class MarketGone extends Error {
  override readonly name = 'MarketGone';

  constructor() {
    super('The market has been deleted.');
  }
}

/** An import, an undo or a deletion has locked the market. */
export class MarketBusy extends Error {
  override readonly name = 'MarketBusy';

  constructor() {
    super(
      'An import or an undo is writing to the market. Repeat the request when it has finished; GET /api/imports shows its progress.',
    );
  }
}

/** Milliseconds that a request waits for the lock of a market. Requests that wait hold connections, of which a service has few. */
const lockTimeout = 2_000;

/** The error of an import or an undo that was running when its market was deleted. */
export const endedByDeletion = (kind: 'import' | 'undo') =>
  `The market was deleted before the ${kind} had ended, so nothing was written.`;

/**
 * Locks a market until the transaction ends, so that imports, undos and deletions run one after the other.
 * @throws MarketGone
 */
export async function lockMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [marketLocks, marketId]);
  await requireMarket(client, marketId);
}

/**
 * Locks a market as `lockMarket` does, for a request that someone waits for.
 * @throws MarketBusy, MarketGone
 */
export async function lockMarketSoon(client: pg.ClientBase, marketId: number): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
  await lockMarket(client, marketId).catch((error: unknown) => {
    throw error instanceof pg.DatabaseError && error.code === '55P03' ? new MarketBusy() : error;
  });
  await client.query('SET LOCAL lock_timeout = DEFAULT');
}

/** @throws MarketGone if the market is deleted */
export async function requireMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM market WHERE id = $1 AND deleted_at IS NULL', [marketId]);
  if (rowCount === 0) throw new MarketGone();
}

/**
 * Prevents the deletion of a market until the transaction ends. For writes of few sales, which do not have to wait for each other.
 * @throws MarketGone
 */
export async function lockMarketRow(client: pg.ClientBase, marketId: number): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM market WHERE id = $1 AND deleted_at IS NULL FOR SHARE', [
    marketId,
  ]);
  if (rowCount === 0) throw new MarketGone();
}
