/** What columns state about rows: which are no sales, and which sales are not standard. */
import { columnWords } from './columns.ts';
import { normal } from './conditions.ts';
import type { Condition } from './mapping.ts';
import type { Cell } from './readings.ts';
import type { Beginning } from './table.ts';

const yes = ['yes', 'y', 'true', '1', 'ja', 'oui', 'si'];
const no = ['no', 'n', 'false', '0', 'unqualified', 'invalid', 'nein', 'non'];
const yesOrNo = new Set([...yes, ...no, 'qualified', 'valid']);

/** What registers state in columns of their own about sales that are not at market. The names are those of `columnWords`, joined. */
const flagKinds: {
  names: RegExp;
  reason: string;
  condition: Omit<Condition, 'column'>;
  fits(value: string): boolean;
}[] = [
  {
    names: /^(?:is)?notfullmarketprice$|^(?:is)?notatmarketvalue$/,
    reason: 'not at market value',
    condition: { words: yes },
    fits: (value) => yesOrNo.has(value),
  },
  {
    names:
      /^(?:is)?(?:armslength|validsale|qualifiedsale|marketsale|fullmarketprice|atmarketvalue)(?:sale|transaction|flag)?$/,
    reason: 'not at market value',
    condition: { words: no },
    fits: (value) => yesOrNo.has(value),
  },
  {
    names: /^(?:is)?multi(?:ple)?(?:parcel|property|lot)?s?sale$|^(?:is)?multi(?:ple)?(?:parcel|propertie?|lot)s?$/,
    reason: 'several parcels',
    condition: { words: yes },
    fits: (value) => yesOrNo.has(value),
  },
  {
    names:
      /^(?:num|number|no|count)(?:of)?(?:parcels|properties|lots)(?:sale|sold|insale)?$|^parcels?(?:count|sold|insale)$/,
    reason: 'several parcels',
    condition: { above: 1 },
    fits: (value) => /^\d+(?: 0)?$/.test(value),
  },
  {
    names:
      /^(?:deed|instrument|conveyance)type$|^typeof(?:deed|instrument)$|^sale(?:desc|description|validity|qualification)$|^naturemutation$/,
    reason: 'not at market value',
    condition: {
      words: [
        ...[
          'quit claim',
          'quitclaim',
          'gift',
          'love and affection',
          'sheriff',
          'sheriffs',
          'foreclosure',
          'tax deed',
          'correction',
        ],
        ...[
          'corrective',
          'condemnation',
          'invalid',
          'not arm s length',
          'donation',
          'echange',
          'expropriation',
          'adjudication',
        ],
      ],
    },
    fits: () => true,
  },
];

/** A column that marks sales as not standard: its position, and the flag without the column. */
export interface ChosenFlag {
  index: number;
  reason: string;
  condition: Omit<Condition, 'column'>;
}

/** The flags that the names and values of columns state. @param cells the values of each column at the beginning of the table */
export function chooseFlags({ columns, named }: Beginning, cells: readonly Cell[][]): ChosenFlag[] {
  if (!named) return [];
  return columns.flatMap((column, index) => {
    const name = columnWords(column).join('');
    const values = (cells[index] as Cell[]).map((cell) => normal(String(cell)));
    const kind = flagKinds.find(({ names, fits }) => names.test(name) && values.length > 0 && values.every(fits));
    return kind ? [{ index, reason: kind.reason, condition: kind.condition }] : [];
  });
}

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
