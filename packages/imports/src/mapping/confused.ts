/** Whether a proposal takes several homes for one property. */
import type { Cell } from './readings.ts';

interface Identity {
  property: (cells: readonly Cell[]) => string;
  day: CellReader;
  price: CellReader;
  /** The unused columns of numbers of houses, lots or parcels. */
  numbers: readonly number[];
  /** The other unused columns. */
  others: readonly number[];
}

export type CellReader = (cells: readonly Cell[]) => Cell;

/**
 * The first property whose rows differ in the number of a house, lot or parcel, or state two prices on one day. `columns` are those that distinguish
 * such rows, if there are any.
 */
export function findConfused(
  rows: readonly Cell[][],
  { property, day, price, numbers, others }: Identity,
): { property: string; otherPrices: boolean; columns: number[] } | undefined {
  const first = new Map<string, Cell[]>();
  const lastOfDay = new Map<string, Cell[]>();
  const twoPrices: [Cell[], Cell[]][] = [];
  const differ = (a: readonly Cell[], b: readonly Cell[]) => (index: number) =>
    a[index] && b[index] && a[index] !== b[index];
  for (const row of rows) {
    const name = property(row);
    if (name === '') continue;
    const known = first.get(name);
    if (!known) first.set(name, row);
    const columns = known ? numbers.filter(differ(known, row)) : [];
    if (columns.length > 0) return { property: name, otherPrices: false, columns };
    const sold = `${name}\x1f${day(row)}`;
    const other = lastOfDay.get(sold);
    if (other && price(other) !== price(row)) twoPrices.push([other, row]);
    lastOfDay.set(sold, row);
  }
  const [example] = twoPrices;
  if (!example) return undefined;
  const columns = others.filter((index) => twoPrices.every(([a, b]) => differ(a, b)(index)));
  return { property: property(example[0]), otherPrices: true, columns };
}

/** The values of several readers as one text, without empty ones. */
export function joined(readers: readonly CellReader[]): (cells: readonly Cell[]) => string {
  return (cells) =>
    readers
      .map((read) => read(cells))
      .filter((cell) => cell !== '')
      .join(', ');
}
