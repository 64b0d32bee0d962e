/** The sales of real markets, from the files beside the project; see the README beside the files. */
import { readdirSync } from 'node:fs';
import { sharedPath, withoutSharedData } from '../../../../test/shared-data.ts';
import { salesFiles } from '../../../imports/src/files.ts';
import type { SaleFixture } from '../fixture-market.ts';
import { seattleSales } from '../price-index/seattle.ts';

const folders = {
  singapore: 'singapore-hdb',
  reading: 'uk-price-paid',
  nsw: 'nsw-psi-2024',
  seattle: 'house-price-index',
} as const;
export type RealMarket = keyof typeof folders;

/** The condition for `skipIf` of tests that need the files of a market. */
export function withoutFiles(name: RealMarket): boolean {
  return withoutSharedData(folders[name]);
}

/**
 * Reads the sales of a market, as an import does: of several rows of one sale, the last issued is in force.
 * @param files those whose names match
 */
export async function realMarket(name: RealMarket, files = /\.(csv|zip)$/): Promise<SaleFixture[]> {
  if (name === 'seattle') return seattle();
  const folder = folders[name];
  const received = readdirSync(sharedPath(folder))
    .filter((file) => files.test(file))
    .sort()
    .map((file) => ({ name: file, path: sharedPath(folder, file) }));
  const properties = new Map<string, number>();
  const inForce = new Map<string, SaleFixture & { issued: string }>();
  for await (const { format, content } of salesFiles(received, () => {})) {
    for await (const { sales } of format.read(content)) {
      for (const sale of sales) {
        const property = properties.get(sale.propertyKey) ?? properties.size + 1;
        properties.set(sale.propertyKey, property);
        const issued = sale.issuedAt ?? '';
        if (issued < (inForce.get(sale.key)?.issued ?? '')) continue;
        inForce.set(sale.key, {
          property,
          issued,
          contract_date: sale.contractDate,
          price: sale.price,
          type: sale.type,
          address: sale.address,
          street: sale.street,
          locality: sale.locality,
          region: sale.region,
          postcode: sale.postcode,
          land_area: sale.landArea,
          floor_area: sale.floorArea,
          dealing: sale.dealing,
          non_standard: sale.nonStandard,
        });
      }
    }
  }
  return [...inForce.values()];
}

function seattle(): SaleFixture[] {
  return seattleSales().map((sale) => ({
    property: sale.property,
    contract_date: sale.date,
    price: sale.price,
    type: sale.type,
    address: `Parcel ${sale.property}`,
    locality: sale.area,
    region: 'Seattle',
    bedrooms: sale.beds,
    bathrooms: sale.baths,
    floor_area: sale.squareFeet * 0.09290304,
    land_area: sale.lotSquareFeet * 0.09290304,
    latitude: sale.latitude,
    longitude: sale.longitude,
  }));
}
