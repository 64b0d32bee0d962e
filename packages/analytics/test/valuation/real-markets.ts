/** Markets made of the real sales files beside the project, in a DuckDB laid out as a replica is; see the README beside the files. */
import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { salesFiles } from '../../../imports/src/files.ts';
import { Connection } from '../../src/connection.ts';
import { counted, entriesOf, type Ledger, layout, ledgers, saleTable } from '../../src/layout.ts';
import type { Market } from '../../src/market.ts';
import { seattleSales } from '../price-index/seattle.ts';

const folder = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const folders = {
  singapore: 'singapore-hdb',
  reading: 'uk-price-paid',
  nsw: 'nsw-psi-2024',
  seattle: 'house-price-index',
} as const;
export type RealMarket = keyof typeof folders;

/** Whether a market's files are there. Tests that need them are skipped without. */
export function hasFiles(name: RealMarket): boolean {
  const there = existsSync(`${folder}${folders[name]}`);
  if (!there) console.warn(`Skipped: what needs the sales in ${folder}${folders[name]}, which is not there.`);
  return there;
}

export interface LoadedMarket {
  db: Connection;
  market: Market;
  close(): void;
}

/** Columns of the replica; those left out are null. */
export type Row = Record<string, unknown>;

/**
 * Reads a market's files, as an import does but for what a database is needed for.
 * @param files those whose names match
 */
export function load(name: RealMarket, files = /\.(csv|zip)$/): Promise<LoadedMarket> {
  return marketOf(name, name === 'seattle' ? seattle() : filed(name, files));
}

/** A market of any sales. */
export async function marketOf(name: string, rows: AsyncIterable<Row> | Iterable<Row>): Promise<LoadedMarket> {
  const directory = await mkdtemp(join(tmpdir(), 'property-insights-market-'));
  try {
    const file = join(directory, 'sales.json');
    await write(file, rows);
    const instance = await DuckDBInstance.create(':memory:');
    const db = new Connection(await instance.connect());
    await db.run(layout);
    await db.run('INSERT INTO replica VALUES (NULL, $lineage, 1)', { lineage: randomUUID() });
    const columns = saleTable.map((column) => `${column.name}: '${column.type}'`).join(', ');
    // Of several rows for one sale the last issued stands; several sales of one dealing are none of their own.
    await db.run(
      `INSERT INTO sale BY NAME
       SELECT * REPLACE (CASE WHEN dealing IS NOT NULL AND count(*) OVER (PARTITION BY dealing) > 1
         THEN coalesce(non_standard, 'shared dealing') ELSE non_standard END AS non_standard)
       FROM read_json('${file}', format = 'newline_delimited', columns = {${columns}})
       QUALIFY row_number() OVER (PARTITION BY key ORDER BY issued_at DESC, id DESC) = 1`,
    );
    const [place] = ledgers as [Ledger];
    await db.run(`INSERT INTO ${entriesOf(place)} SELECT ${counted(place)}, count(*) FROM sale GROUP BY ALL`);
    const market = { ...plainMarket, code: name, name: `The market of ${name}` };
    return {
      db,
      market,
      close: () => {
        db.close();
        instance.closeSync();
      },
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

const plainMarket: Market = {
  id: 1,
  code: '',
  name: '',
  currency: 'AUD',
  time_zone: 'UTC',
  is_default: false,
  is_synthetic: false,
  attribution: null,
  licence: null,
};

async function write(file: string, rows: AsyncIterable<Row> | Iterable<Row>): Promise<void> {
  const output = createWriteStream(file);
  let id = 0;
  let text = '';
  for await (const row of rows) {
    text += `${JSON.stringify({ ...row, id: ++id, market_id: 1 })}\n`;
    if (text.length < 1_000_000) continue;
    output.write(text);
    text = '';
  }
  output.end(text);
  await finished(output);
}

async function* filed(name: RealMarket, wanted: RegExp): AsyncGenerator<Row> {
  const from = `${folder}${folders[name]}`;
  const files = readdirSync(from).filter((file) => wanted.test(file));
  const properties = new Map<string, number>();
  const received = files.sort().map((file) => ({ name: file, path: join(from, file) }));
  for await (const { format, content } of salesFiles(received, () => {})) {
    for await (const { sales } of format.read(content)) {
      for (const sale of sales) {
        const property = properties.get(sale.propertyKey) ?? properties.size + 1;
        properties.set(sale.propertyKey, property);
        yield {
          property_id: property,
          key: sale.key,
          issued_at: sale.issuedAt?.split(' ').slice(0, 2).join(' '),
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
        };
      }
    }
  }
}

function seattle(): Row[] {
  return seattleSales().map((sale) => ({
    property_id: sale.property,
    key: `${sale.property} ${sale.date} ${sale.price}`,
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
