/** Which rows are no sales, as columns state it: rents, listings, statistics of areas. */
import { columnWords } from './columns.ts';
import { normal } from './conditions.ts';
import type { Beginning } from './table.ts';

/** Values by which columns state that a row is a rent, a listing or a statistic of an area, and no sale. */
const noSales = new Set(
  (
    'rent|rental|for rent|to rent|rented|lease|leased|for lease|to let|let|letting|lettings|for sale|listing|listed|active|active listing|pending|' +
    'withdrawn|expired|cancelled|canceled|coming soon|under offer|under contract|asking|location|a louer|a vendre|miete|vermietung|zu vermieten|' +
    'zu verkaufen|alquiler|en alquiler|en venta|affitto|in affitto|in vendita|huur|te huur|te koop|median|average|mean|total'
  ).split('|'),
);
const kindColumn =
  /status|type|kind|category|transaction|listing|offer|purpose|record|deal|statistic|measure|series|angebot|vermarktung|operacion|contratto/;
/** A column of kinds has few different values. */
const maxKinds = 20;

/** The first column whose values state that rows are no sales, these values, and the number of such rows at the beginning. */
export function findNoSales({
  columns,
  named,
  rows,
}: Beginning): { index: number; words: string[]; example: string; rows: number } | undefined {
  if (!named) return undefined;
  for (const [index, column] of columns.entries()) {
    if (!kindColumn.test(columnWords(column).join(''))) continue;
    const values = rows.map((row) => String(row[index] ?? ''));
    const kinds = new Map(values.map((value) => [value, normal(value)]));
    const found = [...kinds].filter(([, kind]) => noSales.has(kind));
    const [first] = found;
    if (!first || kinds.size > maxKinds) continue;
    const words = [...new Set(found.map(([, kind]) => kind))];
    return { index, words, example: first[0], rows: values.filter((value) => noSales.has(normal(value))).length };
  }
}
