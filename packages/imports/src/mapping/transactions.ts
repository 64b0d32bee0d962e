/** Rows of one transaction: registries write a row for each lot, building or parcel that a deed conveys for one price. */
import type { Batch, Sale } from '../formats/format.ts';
import { fingerprint } from '../formats/values.ts';

/** The rows of a transaction that are in memory. Real deeds have a few dozen. */
const maxRows = 1_000;

const dwelling =
  /maison|appartement|(?<!ware)house|apartment|flat|\bunit|dwelling|villa|condo|\bhome|residen|haus\b|wohnung|casa|piso|vivienda|duplex|bungalow|terrace|detached/i;
const accessory =
  /d[ée]pendance|garage|parking|\bcave|cellar|storage|\bcar ?space|\bland\b|terrain|vacant|grundstück|keller|stellplatz/i;

/**
 * Makes neighbouring rows with the same transaction, date and price one sale.
 * @param merge makes the rows of a transaction one sale, the last that it returns: see `oneSale`
 */
export async function* oneSaleEach(
  batches: AsyncIterable<Batch>,
  merge: (rows: Sale[]) => Sale[] = oneSale,
): AsyncGenerator<Batch> {
  const open: Sale[] = [];
  for await (const batch of batches) {
    const sales: Sale[] = [];
    for (const sale of batch.sales) {
      if (open[0] && (open.length === maxRows || !areTogether(open[0], sale))) sales.push(...merge(open.splice(0)));
      open.push(sale);
    }
    yield { ...batch, sales };
  }
  yield { sales: merge(open), rejects: [] };
}

function areTogether(a: Sale, b: Sale): boolean {
  return (
    a.transaction !== undefined &&
    a.transaction === b.transaction &&
    a.contractDate === b.contractDate &&
    a.price === b.price
  );
}

/**
 * The rows of a transaction with one key, the main one last: of several rows with one key, an import keeps the last. The main row is the largest
 * dwelling, or else the largest building. If the price pays for several dwellings or buildings, the sale is not standard.
 */
export function oneSale(rows: Sale[]): Sale[] {
  const buildings = rows.filter(({ type }) => !type || !accessory.test(type));
  const dwellings = buildings.filter(({ type }) => type && dwelling.test(type));
  const [main] =
    [dwellings, buildings, rows]
      .find((some) => some.length > 0)
      ?.toSorted((a, b) => (b.floorArea ?? 0) - (a.floorArea ?? 0)) ?? [];
  if (!main || rows.length === 1) return rows;
  // A registry repeats the row of a building for each parcel of land.
  const different = new Set(buildings.map(({ propertyKey, type, floorArea }) => `${propertyKey};${type};${floorArea}`));
  if (different.size > 1) {
    main.nonStandard ??= 'shared dealing';
    // Replicas compare the sales of a dealing. They would find only this one, and take the reason back.
    main.dealing = null;
  }
  // Another edition may add a row.
  main.fingerprint = fingerprint(
    rows
      .map((row) => row.fingerprint)
      .sort()
      .join('\x1f'),
  );
  main.landArea ??= rows.find(({ landArea }) => landArea !== null)?.landArea ?? null;
  const others = rows.filter((row) => row !== main);
  for (const row of others) row.key = main.key;
  return [...others, main];
}
