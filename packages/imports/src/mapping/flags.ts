/** Which sales are not standard, as columns of registers state it. */
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
