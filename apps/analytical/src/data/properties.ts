/** Properties, each with its latest sale in force. */
import { createHash, randomUUID } from 'node:crypto';
import type { Placement, Replica } from '@property-insights/analytics';
import {
  type AttributeName,
  attributeNames,
  Conflict,
  type Database,
  lockMarketRow,
  NotFound,
  type RevisionNote,
  type SaleRow,
  type WriteTransaction,
} from '@property-insights/database';
import { sql } from 'kysely';

/** A property as of its latest sale; `sold_on` is the contract date. */
export type Property = Pick<
  SaleRow,
  'address' | 'price' | 'type' | 'region' | 'locality' | 'postcode' | AttributeName
> & { id: number; market: string; sold_on: string | null; approximate: Placement['approximate'] | null };

export type NewProperty = Omit<Property, 'id' | 'market' | 'approximate'> & { sold_on: string };

type Row = Omit<Property, 'approximate'> & { sale_id: number; placeable: boolean };

// The lateral join needs one index lookup for each property: a page of 100 out of 200,000 properties takes about a millisecond. Sorting the
// sales of a market to find the latest of each takes a second.
//
// While an import fills the tables, the planner has no good statistics. So the statements are planned at each execution and worded so that only
// the right index fits: `retired_by IS NULL` would also allow the index of all sales in force of a market.
const select = sql.raw(`
  SELECT property.id, market.code AS market, latest.address, latest.price, latest.type, latest.region, latest.locality, latest.postcode,
    latest.contract_date AS sold_on, ${attributeNames.map((name) => `latest.${name}`).join(', ')},
    latest.id AS sale_id,
    latest.latitude IS NULL AND latest.longitude IS NULL AND EXISTS (
      SELECT FROM gazetteer_place WHERE gazetteer_place.market_id = property.market_id AND retired_by IS NULL
    ) AS placeable
  FROM property
  JOIN market ON market.id = property.market_id AND market.deleted_at IS NULL
  CROSS JOIN LATERAL (
    SELECT * FROM sale
    WHERE sale.property_id = property.id AND coalesce(sale.retired_by, 0) = 0
    ORDER BY contract_date DESC NULLS LAST, id DESC
    LIMIT 1
  ) AS latest`);

/** One page of a market's properties, by ascending id, that follow the property `after`. */
export async function listProperties(
  database: Database,
  replica: Promise<Replica>,
  marketId: number,
  after: number,
  limit: number,
): Promise<Property[]> {
  // With the id alone, a page could scan the properties of all markets.
  const { rows } = await sql<Row>`${select}
    WHERE (property.market_id, property.id) > (${marketId}, ${after}) AND property.market_id <= ${marketId}
    ORDER BY property.market_id, property.id LIMIT ${limit}`.execute(database.kysely);
  return placed(rows, replica);
}

/** One property of any market; undefined if there is none with a sale in force. */
export async function findProperty(
  database: Database,
  replica: Promise<Replica>,
  id: number,
): Promise<Property | undefined> {
  const row = await findRow(database, id);
  return row && (await placed([row], replica))[0];
}

async function findRow(database: Database, id: number): Promise<Row | undefined> {
  const { rows } = await sql<Row>`${select} WHERE property.id = ${id}`.execute(database.kysely);
  return rows[0];
}

/** Adds the placements of properties without coordinates. They come from the replica, which is queried only if the market has a gazetteer. */
async function placed(rows: Row[], replica: Promise<Replica>): Promise<Property[]> {
  const ids = rows.flatMap(({ sale_id, placeable }) => (placeable ? [sale_id] : []));
  const [first] = rows;
  const placements = first && ids.length > 0 ? await (await replica).placements(first.market, ids) : undefined;
  // In place: copying the rows would add 5 % to the time of a page. JSON omits members that are undefined.
  return rows.map((row) =>
    Object.assign(row, {
      approximate: null,
      ...placements?.get(row.sale_id),
      sale_id: undefined,
      placeable: undefined,
    }),
  );
}

/** Adds a property and its sale as one revision, and returns its id. @throws MarketGone */
export async function addProperty(
  database: Database,
  marketId: number,
  sale: NewProperty,
  author: string,
): Promise<number> {
  const key = `entry-${randomUUID()}`;
  const note = { code: 'property_entered', address: sale.address } as const;
  const revision = { marketId, kind: 'entry', author, note } as const;
  const { result } = await database.write(revision, async (transaction) => {
    const { client } = transaction;
    await lockMarketRow(client, marketId);
    const { rows } = await client.query<{ id: number }>(
      'INSERT INTO property (market_id, key) VALUES ($1, $2) RETURNING id',
      [marketId, key],
    );
    const { id } = rows[0] as { id: number };
    await addSale(transaction, { market_id: marketId, property_id: id, key }, sale);
    return id;
  });
  return result;
}

/**
 * Corrects the sale of a property that was entered by hand: retires the sale in force and adds the corrected one.
 * @throws NotFound; Conflict when its sales are from files
 */
export async function correctProperty(
  database: Database,
  id: number,
  changes: Partial<NewProperty>,
  author: string,
): Promise<void> {
  // Without the members that are not columns of a sale.
  const {
    market: _market,
    id: _id,
    sale_id: _sale,
    placeable: _placeable,
    ...property
  } = await findEntry(database, id);
  const sale = { ...property, ...changes } as NewProperty;
  const note = { code: 'property_corrected', address: sale.address } as const;
  await changeEntry(database, id, { author, note }, async (transaction, retired) => {
    await addSale(transaction, retired, sale);
  });
}

/** Removes a property that was entered by hand. @throws as `correctProperty` does */
export async function removeProperty(database: Database, id: number, author: string): Promise<void> {
  const { address } = await findEntry(database, id);
  const note = { code: 'property_removed', address } as const;
  await changeEntry(database, id, { author, note }, async () => {});
}

type Identity = Pick<SaleRow, 'market_id' | 'property_id' | 'key'>;

/** @throws NotFound */
async function findEntry(database: Database, id: number): Promise<Row> {
  const property = await findRow(database, id);
  if (!property) throw new NotFound(`There is no property ${id}.`);
  return property;
}

/** Retires the sale of a property that was entered by hand and does the work, as one revision. */
async function changeEntry(
  database: Database,
  id: number,
  { author, note }: { author: string; note: RevisionNote },
  work: (transaction: WriteTransaction, retired: Identity) => Promise<void>,
): Promise<void> {
  const sale = database.kysely.selectFrom('sale').innerJoin('revision', 'revision.id', 'sale.added_by');
  const sales = await sale
    .select(['sale.market_id', 'revision.kind'])
    .where('property_id', '=', id)
    .where('retired_by', 'is', null)
    .limit(2)
    .execute();
  const [only] = sales;
  if (!only) throw new NotFound(`There is no property ${id}.`);
  if (sales.length > 1 || only.kind === 'import') {
    throw new Conflict(
      `The sales of property ${id} come from a file. Import a file that corrects them, or undo the import.`,
    );
  }
  const revision = { marketId: only.market_id, kind: 'correction', author, note } as const;
  await database.write(revision, async (transaction) => {
    await lockMarketRow(transaction.client, only.market_id);
    const { rows } = await transaction.client.query<Identity>(
      'UPDATE sale SET retired_by = $2 WHERE property_id = $1 AND retired_by IS NULL RETURNING market_id, property_id, key',
      [id, transaction.revisionId],
    );
    const [retired] = rows;
    if (!retired || rows.length > 1)
      throw new Conflict(`Property ${id} was changed at the same time. Read it again, then repeat the request.`);
    transaction.salesRetired = 1;
    await work(transaction, retired);
  });
}

async function addSale(
  transaction: WriteTransaction,
  { market_id, property_id, key }: Identity,
  { sold_on, ...sale }: NewProperty,
): Promise<void> {
  const fingerprint = createHash('md5')
    .update(JSON.stringify({ ...sale, sold_on }))
    .digest('hex');
  const added_by = transaction.revisionId;
  const row = { market_id, property_id, key, fingerprint, added_by, contract_date: sold_on, ...sale };
  const parameters = Object.keys(row).map((_, i) => `$${i + 1}`);
  // The column names come from the code above, never from a caller.
  await transaction.client.query(
    `INSERT INTO sale (${Object.keys(row).join(', ')}) VALUES (${parameters.join(', ')})`,
    Object.values(row),
  );
  transaction.salesAdded = 1;
}
