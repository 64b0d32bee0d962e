/** The sales of real markets, from the files beside the project; see the README beside the files. */
import { readdirSync } from 'node:fs';
import { attributesOf, type Sale } from '@property-insights/imports';
import { type SharedFolder, sharedPath, withoutSharedData } from '../../../../test/shared-data.ts';
import { salesFiles } from '../../../imports/src/files.ts';
import { FixtureMarket, type FixtureStore, type SaleFixture } from '../fixture-market.ts';

const folders = {
  singapore: 'singapore-hdb',
  reading: 'uk-price-paid',
  nsw: 'nsw-psi-2024',
  seattle: 'house-price-index',
} as const satisfies Record<string, SharedFolder>;
export type RealMarket = keyof typeof folders;

/** The condition for `skipIf` of tests that need the files of a market. */
export function withoutFiles(name: RealMarket): boolean {
  return withoutSharedData(folders[name]);
}

/**
 * A store of a market, for one test. Of several rows of one sale, the last issued is in force, as after an import.
 * @param files those whose names match
 * @param method the default method that was chosen for the market, as choice.test.ts documents it
 */
export async function realMarket(
  name: RealMarket,
  files = name === 'seattle' ? /^ex_sales/ : /\.(csv|zip)$/,
  method?: string,
): Promise<FixtureStore> {
  const market = FixtureMarket.create();
  const rows = await Array.fromAsync(salesIn(folders[name], files));
  const ids = market.write(fixturesOf(rows));
  const inForce = new Map<string, number>();
  for (const [i, { key, issuedAt }] of rows.entries()) {
    if ((issuedAt ?? '') >= (rows[inForce.get(key) ?? i]?.issuedAt ?? '')) inForce.set(key, i);
  }
  market.write(
    [],
    ids.filter((_, i) => inForce.get((rows[i] as Sale).key) !== i),
  );
  if (method !== undefined) market.chooseIndexMethod(method);
  return market.store();
}

async function* salesIn(folder: SharedFolder, wanted: RegExp): AsyncGenerator<Sale> {
  const files = readdirSync(sharedPath(folder)).filter((file) => wanted.test(file));
  const received = files.sort().map((file) => ({ name: file, path: sharedPath(folder, file) }));
  for await (const { format, content } of salesFiles(received, () => {})) {
    for await (const { sales } of format.read(content)) yield* sales;
  }
}

/** Sales as a file states them, as fixtures. */
export function fixturesOf(sales: readonly Sale[]): SaleFixture[] {
  const properties = new Map([...new Set(sales.map(({ propertyKey }) => propertyKey))].map((key, i) => [key, i + 1]));
  return sales.map((sale) => fixtureOf(sale, properties.get(sale.propertyKey) as number));
}

function fixtureOf(sale: Sale, property: number): SaleFixture {
  return {
    property,
    key: sale.key,
    contract_date: sale.contractDate,
    price: sale.price,
    type: sale.type,
    address: sale.address,
    street: sale.street,
    locality: sale.locality,
    region: sale.region,
    postcode: sale.postcode,
    ...attributesOf(sale),
    dealing: sale.dealing,
    non_standard: sale.nonStandard,
    // As PostgreSQL writes it. Midnight in Sydney is not needed to the hour.
    issued_at: sale.issuedAt?.replace(/ Australia.Sydney$/, ':00+10') ?? null,
  };
}
