/**
 * A second, independent reader of the sales files of New South Wales: from the documented layout and rules alone, without the project's code. What it counts
 * is compared with what the page shows.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

export interface RawSale {
  type: 'House' | 'Unit' | 'Land' | undefined;
  locality: string;
  contract: string;
  price: number;
  landArea: number | undefined;
}

/** The texts of the .DAT files in a zip, by its central directory. */
function unzip(zip: Buffer): string[] {
  const end = zip.lastIndexOf('PK\x05\x06');
  const texts: string[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let entries = zip.readUInt16LE(end + 10); entries > 0; entries--) {
    const [method, size, nameLength] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
    ];
    const name = zip.toString('latin1', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    if (/\.DAT$/i.test(name)) {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(start, start + size);
      texts.push((method === 0 ? packed : inflateRawSync(packed)).toString('latin1'));
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return texts;
}

/** The standard sales of a folder of weekly zips: the latest issue of each, whole, in a dealing of its own, at a credible date and price. */
export async function readStandardSales(folder: string): Promise<RawSale[]> {
  const latest = new Map<string, { issued: string; fileDate: string; fields: string[] }>();
  for (const name of (await readdir(folder)).sort()) {
    for (const text of unzip(await readFile(join(folder, name)))) {
      let fileDate = '';
      for (const line of text.split(/\r?\n/)) {
        const fields = line.split(';');
        if (fields[0] === 'A') fileDate = /;(\d{8}) \d\d:\d\d;/.exec(line)?.[1] ?? '';
        if (fields[0] !== 'B') continue;
        const key = [fields[2], fields[23], fields[6], fields[19]].join(';');
        const issued = fields[4] as string;
        const known = latest.get(key);
        if (!known || issued > known.issued) latest.set(key, { issued, fileDate, fields });
      }
    }
  }
  const dealings = new Map<string, number>();
  for (const { fields } of latest.values()) {
    const dealing = fields[23] as string;
    dealings.set(dealing, (dealings.get(dealing) ?? 0) + 1);
  }
  const whole = [...latest.values()].filter(({ fields, fileDate }) => {
    const [contract, price, interest] = [fields[13] as string, Number(fields[15]), Number(fields[22])];
    return interest === 0 && price > 0 && contract >= '19000101' && contract <= fileDate;
  });
  // A nominal price is below half a per cent of the upper quartile, in steps of 2 %, of the prices until the end of the decade, which here are all.
  const prices = whole.map(({ fields }) => Number(fields[15])).sort((a, b) => a - b);
  const quartile = prices[Math.floor(prices.length * 0.75)] as number;
  const nominal = 0.005 * Math.exp(Math.floor(50 * Math.log(quartile)) / 50);
  return whole
    .filter(({ fields }) => dealings.get(fields[23] as string) === 1 && Number(fields[15]) >= nominal)
    .map(({ fields }): RawSale => {
      const [nature, lot, unit, area, unitOfArea] = [fields[17], fields[19], fields[6], Number(fields[11]), fields[12]];
      return {
        type: nature === 'R' ? (lot || unit ? 'Unit' : 'House') : nature === 'V' ? 'Land' : undefined,
        locality: (fields[9] as string).trim().toUpperCase(),
        contract: (fields[13] as string).replace(/(....)(..)(..)/, '$1-$2-$3'),
        price: Number(fields[15]),
        landArea: area > 0 ? area * (unitOfArea === 'H' ? 10_000 : 1) : undefined,
      };
    });
}

export function medianOf(sales: RawSale[]): number {
  const prices = sales.map(({ price }) => price).sort((a, b) => a - b);
  const [low, high] = [prices[Math.floor((prices.length - 1) / 2)], prices[Math.floor(prices.length / 2)]];
  return ((low as number) + (high as number)) / 2;
}
