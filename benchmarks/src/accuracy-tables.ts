/** The tables of docs/valuation.md about all sales of some months. `WRITE_ACCURACY=1 npm run benchmark -- estimates` writes the rows of each market that it measures. */

/** A line of the benchmark's table, without the market. */
export interface AccuracyRow {
  /** What estimates the prices, or the group of sales that the estimates are of. */
  model: string;
  sales: number;
  figures: (string | number)[];
}

/** The first cells of the header of each table. */
export const tables = { models: '| months of a market | model |', groups: '| months of a market | group |' };

/** The text with the rows of a market in one of the tables, in place of those it has, or as the last ones. */
export function withRows(text: string, header: string, market: string, rows: AccuracyRow[]): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.startsWith(header)) + 2;
  if (first < 2) throw new Error(`There is no table "${header}".`);
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  const last = length < 0 ? lines.length : first + length;
  const body = lines.slice(first, last);
  const isOfMarket = (line: string) => line.startsWith(`| ${market} |`);
  const position = body.findIndex(isOfMarket);
  const others = body.filter((line) => !isOfMarket(line));
  const made = rows.map(({ model, sales, figures }) => {
    const cells = [market, model, sales.toLocaleString('en'), ...figures];
    return `| ${cells.join(' | ')} |`;
  });
  others.splice(position < 0 ? others.length : position, 0, ...made);
  return [...lines.slice(0, first), ...others, ...lines.slice(last)].join('\n');
}
