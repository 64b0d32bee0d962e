/** Proposes which columns of a table fill which fields, from their names and values. */
import { type FieldName, fieldNames, fieldOf, fields, personalColumn } from './fields.ts';
import {
  areaUnit,
  areaUnitCode,
  type Cell,
  dateNumbersOf,
  isCurrency,
  plain,
  readArea,
  readDate,
  readMoney,
  readNumber,
} from './readings.ts';
import type { Beginning } from './table.ts';

/** A column chosen for a field, and the reason. */
export interface Choice {
  field: FieldName;
  /** The position of the column, from 0. */
  index: number;
  /** The reason, as far as the name is concerned. */
  reason: string;
}

/** The share of the values that must fit the field. */
export const minFitting = 0.8;
/** The share of the values that must fit if the column has the name of a field that no other column fits. */
const minFittingOfNamesake = 0.5;

const names = Object.fromEntries(
  fieldNames.map((field) => [
    field,
    new Map(
      fieldOf(field)
        .names.split(' ')
        .map((name, rank) => [name, rank]),
    ),
  ]),
) as Record<FieldName, Map<string, number>>;

const identities: ReadonlySet<FieldName> = new Set(['sale_key', 'property_key']);

/** The columns that number the rows: the next edition of the register may number them again, so they identify nothing. */
export function rowNumberColumns({ columns, named }: Beginning, cells: readonly Cell[][]): number[] {
  if (!named) return [];
  return columns.flatMap((column, index) => {
    const name = columnWords(column).join('');
    const isNumber = /^(?:object|row|f)?id$|^(?:row|line|index)?(?:no|nr|num|number)$|^index$/.test(name);
    const isIdentity = [...identities].some((field) => nameScore(field, column) > 0);
    return (isNumber || isIdentity) && countsRows(cells[index] as Cell[]) ? [index] : [];
  });
}

/** Whether the values are 1, 2, 3 and so on, or 0, 1, 2. */
function countsRows(cells: readonly Cell[]): boolean {
  const first = Number(cells[0]);
  return cells.length >= 3 && (first === 0 || first === 1) && cells.every((cell, i) => Number(cell) === first + i);
}

/** @param cells the values of each column at the table's beginning, without those that are missing */
export function chooseColumns({ columns, named }: Beginning, cells: readonly Cell[][]): Choice[] {
  const candidates: (Choice & { score: number })[] = [];
  if (named) {
    for (const [index, column] of columns.entries()) {
      for (const field of fieldNames) {
        const score = nameScore(field, column);
        if (identities.has(field) && countsRows(cells[index] as Cell[])) continue;
        // A column that is empty at the beginning may have values later.
        if (score > 0 && (cells[index]?.length === 0 || fittingShare(field, cells[index] as Cell[]) >= minFitting)) {
          candidates.push({ field, index, score, reason: `the name "${column}"` });
        }
      }
    }
  }
  // Sorting is stable, so fields and columns keep their order.
  candidates.sort((a, b) => b.score - a.score);
  const choices: Choice[] = [];
  const take = (choice: Choice) => {
    if (choices.every(({ field, index }) => field !== choice.field && index !== choice.index)) choices.push(choice);
  };
  for (const { field, index, reason } of candidates) take({ field, index, reason });
  for (const field of ['contract_date', 'price'] as const) {
    const index = named ? bestNamed(columns, field) : undefined;
    if (index !== undefined && isNamesake(field, cells[index] as Cell[])) {
      take({ field, index, reason: `the name "${columns[index]}"` });
    }
  }
  for (const field of ['contract_date', 'price'] as const) {
    const similar = unchosenColumns(field, { columns, named }, cells, choices);
    if (similar.length === 1)
      take({ field, index: similar[0] as number, reason: `the only column of ${nouns[field]}` });
  }
  if (named) pairCoordinates(columns, cells, choices);
  return choices.sort((a, b) => fieldNames.indexOf(a.field) - fieldNames.indexOf(b.field));
}

/** Whether a column with the name of dates has numbers that may stand for dates, or one with the name of prices has words among amounts. */
function isNamesake(field: 'contract_date' | 'price', cells: readonly Cell[]): boolean {
  if (field === 'price') return fittingShare(field, cells) >= minFittingOfNamesake;
  const numbers = cells.filter((cell) => dateNumbersOf(String(cell)) !== undefined).length;
  return cells.length > 0 && numbers / cells.length >= minFitting;
}

/** The columns of the year, the month and, if there is one, the day of the sale: `SALE YEAR`, `SALE MONTH`. Empty if there are none. */
export function chooseDateParts({ columns, named }: Beginning, cells: readonly Cell[][]): number[] {
  if (!named) return [];
  const not = fields.contract_date.not.split(' ');
  const parts = columns.map(columnWords);
  const restOf = (words: readonly string[], part: string) => words.filter((word) => word !== part).join(' ');
  for (const year of parts.keys()) {
    const words = parts[year] as string[];
    if (!words.includes('year') || words.some((word) => not.includes(word))) continue;
    const find = (part: string, most: number) =>
      parts.findIndex(
        (other, index) =>
          other.includes(part) &&
          restOf(other, part) === restOf(words, 'year') &&
          (cells[index] as Cell[]).every((cell) => Number(cell) >= 1 && Number(cell) <= most),
      );
    const [month, day] = [find('month', 12), find('day', 31)];
    const isYear = (cell: Cell) => /^(?:19|20)\d\d$/.test(String(cell));
    if (month !== -1 && (cells[year] as Cell[]).length > 0 && cells[year]?.every(isYear)) {
      return day === -1 ? [year, month] : [year, month, day];
    }
  }
  return [];
}

/** Coordinates are chosen both, exchanged if their values are, or not at all. */
function pairCoordinates(columns: readonly string[], cells: readonly Cell[][], choices: Choice[]): void {
  const lone = choices.findIndex(({ field }) => field === 'latitude' || field === 'longitude');
  if (lone === -1 || choices.filter(({ field }) => field === 'latitude' || field === 'longitude').length === 2) return;
  choices.splice(lone, 1);
  const [latitude, longitude] = (['latitude', 'longitude'] as const).map((field) => bestNamed(columns, field));
  if (latitude === undefined || longitude === undefined || latitude === longitude) return;
  const exchanged = [
    ['latitude', longitude],
    ['longitude', latitude],
  ] as const;
  if (exchanged.every(([field, index]) => fittingShare(field, cells[index] as Cell[]) >= minFitting)) {
    const reason = 'its values: latitude and longitude seem to be exchanged';
    choices.push(...exchanged.map(([field, index]) => ({ field, index, reason })));
  }
}

/** The column whose name fits a field best, whatever its values are. */
export function bestNamed(columns: readonly string[], field: FieldName): number | undefined {
  const scores = columns.map((column) => nameScore(field, column));
  const best = Math.max(...scores);
  return best > 0 ? scores.indexOf(best) : undefined;
}

const nouns = { contract_date: 'dates', price: 'amounts that could be prices' };

/** The columns that are not chosen yet, whose values could be dates, or prices, and whose names do not exclude that. */
export function unchosenColumns(
  field: 'contract_date' | 'price',
  { columns, named }: Pick<Beginning, 'columns' | 'named'>,
  cells: readonly Cell[][],
  choices: readonly Choice[],
): number[] {
  return cells.flatMap((column, index) => {
    if (column.length === 0 || choices.some((choice) => choice.index === index)) return [];
    if (named && isExcluded(field, columns[index] as string)) return [];
    const similar = field === 'price' ? couldBePrices(column) : fittingShare(field, column) >= 0.95;
    return similar ? [index] : [];
  });
}

/** The columns of amounts that are no prices of sales by their names: medians, rents, listings, values. */
export function otherAmounts({ columns, named }: Beginning, cells: readonly Cell[][]): number[] {
  if (!named) return [];
  return columns.flatMap((column, index) => {
    const values = cells[index] as Cell[];
    return isExcluded('price', column) && values.length > 0 && fittingShare('price', values) >= minFitting
      ? [index]
      : [];
  });
}

/** Whether most values are large numbers that are neither dates nor row numbers. */
export function couldBePrices(cells: readonly Cell[]): boolean {
  if (fittingShare('contract_date', cells) > 0.5) return false;
  const amounts = cells.map((cell) =>
    typeof cell === 'number' ? cell : amountsOf(cell).reduce((a, b) => Math.max(a, b)),
  );
  const large = amounts.filter((amount) => amount >= 5_000 && amount < 1e10).length;
  const counting = amounts.filter((amount, i) => i > 0 && amount - (amounts[i - 1] as number) === 1).length;
  return large >= 0.7 * amounts.length && counting < amounts.length / 2;
}

/** The amounts that a text can be read as; NaN for a mark that it cannot be read with. */
function amountsOf(text: string): number[] {
  const { '.': point, ',': comma, likely } = readMoney(text);
  return [point, comma, likely];
}

/** The share of the values that fit the field. */
function fittingShare(field: FieldName, cells: readonly Cell[]): number {
  const { kind, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = fieldOf(field);
  const fits = (cell: Cell): boolean => {
    if (kind === 'text') return true;
    if (kind === 'date' || kind === 'moment') {
      const { dmy, mdy } = readDate(String(cell));
      return dmy !== '' || mdy !== '';
    }
    let readings: number[];
    if (typeof cell === 'number') readings = [cell];
    else if (kind === 'money') readings = amountsOf(cell);
    else {
      const digits = kind === 'area' ? readArea(cell)?.digits : cell;
      readings = Object.values(readNumber(digits ?? ''));
    }
    return readings.some(
      (value) => value >= minimum && value <= maximum && (kind !== 'whole' || Number.isInteger(value)),
    );
  };
  const some = cells.slice(0, 300);
  return some.filter(fits).length / Math.max(some.length, 1);
}

/** How well the name of a column fits a field, from 0 to 1. For a nested column (`address.street`) the last part counts. */
function nameScore(field: FieldName, column: string): number {
  const words = columnWords(column);
  const last = columnWords(column.slice(column.lastIndexOf('.') + 1));
  if (isExcluded(field, column)) return 0;
  return Math.max(wordScore(field, words), last.length < words.length ? 0.95 * wordScore(field, last) : 0);
}

/** Whether a word in the name of a column excludes the field. */
function isExcluded(field: FieldName, column: string): boolean {
  const words = columnWords(column);
  const { not = '' } = fieldOf(field);
  return words.some((word) => not.split(' ').includes(word)) && !names[field].has(words.join(''));
}

function wordScore(field: FieldName, words: readonly string[]): number {
  // Units do not identify a field.
  const relevant = words.filter((_, i) => fieldOf(field).kind !== 'area' || !unitAt(words, i));
  const known = names[field];
  const rank = known.get(words.join('')) ?? known.get(relevant.join(''));
  if (rank !== undefined) return 1 - rank / 1000;
  // A sequence of its words that is a known name: `property_sale_price_aud`.
  let longest = 0;
  for (let begin = 0; begin < relevant.length; begin++) {
    for (let end = begin + 1; end <= relevant.length; end++) {
      if (known.has(relevant.slice(begin, end).join(''))) longest = Math.max(longest, end - begin);
    }
  }
  return (0.8 * longest) / Math.max(words.length, 1);
}

/** `salePrice`, `SALE_PRICE`, `Sale price ($)` → sale, price. */
export function columnWords(column: string): string[] {
  return (
    plain(column.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replaceAll('.', ' '))
      .replaceAll('ß', 'ss')
      .replaceAll('²', '2')
      .match(/[\p{L}\d]+/gu) ?? []
  );
}

/** The unit of the word at an index, alone or with a neighbour: `sq ft`. */
function unitAt(words: readonly string[], index: number) {
  const [before = '', word = '', after = ''] = [words[index - 1], words[index], words[index + 1]];
  return areaUnit(word) ?? areaUnit(word + after) ?? areaUnit(before + word);
}

/** The columns to keep as details: those that are not empty and not about people. */
export function chooseDetails(
  { columns, named }: Beginning,
  cells: readonly Cell[][],
  taken: ReadonlySet<number>,
): number[] {
  const maxDetails = 50;
  return columns
    .flatMap((column, index) => {
      const kept =
        named &&
        !taken.has(index) &&
        (cells[index]?.length ?? 0) > 0 &&
        !personalColumn.test(columnWords(column).join(''));
      return kept ? [index] : [];
    })
    .slice(0, maxDetails);
}

/** The column with the units of an area: `Area type`, `land_area_unit`. Its values are units. */
export function chooseUnitColumn(
  { columns, named }: Beginning,
  cells: readonly Cell[][],
  field: FieldName,
): number | undefined {
  if (!named) return undefined;
  const other = field === 'land_area' ? /floor|building|living/ : /land|lot|site|plot/;
  const index = columns.findIndex((column, index) => {
    const words = columnWords(column);
    const values = cells[index] as Cell[];
    return (
      /^(?:.*area)?(?:unit|units|uom|type|measure|unitofmeasure)$/.test(words.join('')) &&
      !words.some((word) => other.test(word)) &&
      values.length > 0 &&
      values.every((value) => areaUnitCode(String(value)) !== undefined)
    );
  });
  return index === -1 ? undefined : index;
}

/** The column with the currencies of prices. */
export function chooseCurrencyColumn({ columns, named }: Beginning, cells: readonly Cell[][]): number | undefined {
  const name = /^(?:sale|price)?(?:currency|currencycode|ccy|wahrung|devise|moneda|valuta|moeda)$/;
  const index = columns.findIndex((column, index) => {
    const values = cells[index] as Cell[];
    return (
      named &&
      name.test(columnWords(column).join('')) &&
      values.length > 0 &&
      values.every((value) => isCurrency(String(value)))
    );
  });
  return index === -1 ? undefined : index;
}

/** The columns with the name of a number that most, but not enough of their values are. They are not chosen. */
export function unfitNamesakes(
  { columns, named }: Beginning,
  cells: readonly Cell[][],
  choices: readonly Choice[],
): { field: FieldName; index: number }[] {
  if (!named) return [];
  return columns.flatMap((column, index) => {
    if (choices.some((choice) => choice.index === index)) return [];
    const field = fieldNames.find((field) => isNumeric(field) && nameScore(field, column) > 0.9);
    if (!field || choices.some((choice) => choice.field === field)) return [];
    const share = fittingShare(field, cells[index] as Cell[]);
    return share >= minFittingOfNamesake && share < minFitting ? [{ field, index }] : [];
  });
}

function isNumeric(field: FieldName): boolean {
  return ['area', 'number', 'whole'].includes(fieldOf(field).kind);
}

/** The columns whose names are those of numbers of houses, flats, lots or parcels. */
export function identityColumns({ columns, named }: Beginning): number[] {
  if (!named) return [];
  return columns.flatMap((column, index) => {
    const words = columnWords(column);
    const name = words.join('');
    const counts = /^(?:num|number|no|nb|total|count)?of|units?total|^total|spaces|size|area|type/.test(name);
    const numbered =
      /(?:parcel|parcelle|house|street|building|apartment|apt|flat|unit|lot|voie|strata)(?:number|num|no|nr|id)$|^(?:id|no|numero)(?:parcelle|voie|lot)$|^par(?:cel)?id$/;
    return numbered.test(name) && !counts ? [index] : [];
  });
}

/** The column of what follows a house number: the B of 7B. */
export function chooseSuffixColumn({ columns, named }: Beginning): number | undefined {
  const names =
    /^(?:adressesuffixe|btq|(?:house|street|address)?(?:number|num|no)suffix|addresssuffix|hausnummerzusatz)$/;
  const index = named ? columns.findIndex((column) => names.test(columnWords(column).join(''))) : -1;
  return index === -1 ? undefined : index;
}

/** The unit in the name of a column: `sqft_living`, `Land size (m²)`, `Acres`. */
export function unitNamed(column: string) {
  const words = columnWords(column);
  for (const index of words.keys()) {
    const unit = unitAt(words, index);
    if (unit) return unit;
  }
}
