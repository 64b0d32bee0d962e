/** Which columns of a table fill which of our fields: proposed from the columns' names and what stands in them. */
import { type FieldName, fieldNames, fieldOf, ofPeople } from './fields.ts';
import { areaUnit, type Cell, plain, readArea, readDate, readMoney, readNumber } from './readings.ts';
import type { Beginning } from './table.ts';

/** A column chosen for a field, and why. */
export interface Choice {
  field: FieldName;
  /** From 0. */
  place: number;
  /** Why, as far as the name goes; what its values say is told of every mapping. */
  because: string;
}

/** How much of a column must be readable as what its field takes. */
const enough = 0.8;

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

/** @param cells the values of each column at the table's beginning, without those that are missing */
export function chooseColumns({ columns, named }: Beginning, cells: readonly Cell[][]): Choice[] {
  const candidates: (Choice & { score: number })[] = [];
  if (named) {
    for (const [place, column] of columns.entries()) {
      for (const field of fieldNames) {
        const score = nameScore(field, column);
        // A column that is empty as far as can be seen may be filled further on.
        if (score > 0 && (cells[place]?.length === 0 || fitting(field, cells[place] as Cell[]) >= enough)) {
          candidates.push({ field, place, score, because: `the name "${column}"` });
        }
      }
    }
  }
  // Sorting is stable: fields in their order, columns in theirs.
  candidates.sort((a, b) => b.score - a.score);
  const choices: Choice[] = [];
  const take = (choice: Choice) => {
    if (choices.every(({ field, place }) => field !== choice.field && place !== choice.place)) choices.push(choice);
  };
  for (const { field, place, because } of candidates) take({ field, place, because });
  for (const field of ['contract_date', 'price'] as const) {
    const alike = onlyOf(field, cells, choices);
    if (alike.length === 1) take({ field, place: alike[0] as number, because: `the only column of ${nouns[field]}` });
  }
  return choices.sort((a, b) => fieldNames.indexOf(a.field) - fieldNames.indexOf(b.field));
}

const nouns = { contract_date: 'dates', price: 'amounts that could be prices' };

/** The columns not chosen yet whose values alone say that they could be dates, or prices. */
export function onlyOf(
  field: 'contract_date' | 'price',
  cells: readonly Cell[][],
  choices: readonly Choice[],
): number[] {
  return cells.flatMap((column, place) => {
    if (column.length === 0 || choices.some((choice) => choice.place === place)) return [];
    const alike = field === 'price' ? couldBePrices(column) : fitting(field, column) >= 0.95;
    return alike ? [place] : [];
  });
}

/** Numbers of at least thousands for the most part, which are not days, nor count the rows. */
function couldBePrices(cells: readonly Cell[]): boolean {
  if (fitting('contract_date', cells) > 0.5) return false;
  const amounts = cells.map((cell) => (typeof cell === 'number' ? cell : Math.max(...Object.values(readMoney(cell)))));
  const large = amounts.filter((amount) => amount >= 5_000 && amount < 1e10).length;
  const counting = amounts.filter((amount, i) => i > 0 && amount - (amounts[i - 1] as number) === 1).length;
  return large >= 0.7 * amounts.length && counting < amounts.length / 2;
}

/** The share of the values that are what the field takes. */
function fitting(field: FieldName, cells: readonly Cell[]): number {
  const { kind, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = fieldOf(field);
  const fits = (cell: Cell): boolean => {
    if (kind === 'text') return true;
    if (kind === 'date' || kind === 'moment') {
      const { dmy, mdy } = readDate(String(cell));
      return dmy !== '' || mdy !== '';
    }
    let readings: number[];
    if (typeof cell === 'number') readings = [cell];
    else if (kind === 'money') readings = Object.values(readMoney(cell));
    else {
      const figures = kind === 'area' ? readArea(cell)?.figures : cell;
      readings = Object.values(readNumber(figures ?? ''));
    }
    return readings.some((value) => value >= least && value <= most && (kind !== 'whole' || Number.isInteger(value)));
  };
  const some = cells.slice(0, 300);
  return some.filter(fits).length / Math.max(some.length, 1);
}

/** 0 where the name says nothing of the field, 1 where it says just that. Of a column nested in others (`address.street`) the last part counts. */
function nameScore(field: FieldName, column: string): number {
  const words = wordsOf(column);
  const last = wordsOf(column.slice(column.lastIndexOf('.') + 1));
  const { not = '' } = fieldOf(field);
  if (words.some((word) => not.split(' ').includes(word)) && !names[field].has(words.join(''))) return 0;
  return Math.max(wordScore(field, words), last.length < words.length ? 0.95 * wordScore(field, last) : 0);
}

function wordScore(field: FieldName, words: readonly string[]): number {
  // Our own names come first, then those that leave no doubt.
  if (words.join('_') === field) return 2;
  // Units say how, not what.
  const telling = words.filter((_, i) => fieldOf(field).kind !== 'area' || !unitAt(words, i));
  const known = names[field];
  const rank = known.get(words.join('')) ?? known.get(telling.join(''));
  if (rank !== undefined) return 1 - rank / 1000;
  // Any run of its words that is a name: `property_sale_price_aud`.
  let longest = 0;
  for (let begin = 0; begin < telling.length; begin++) {
    for (let end = begin + 1; end <= telling.length; end++) {
      if (known.has(telling.slice(begin, end).join(''))) longest = Math.max(longest, end - begin);
    }
  }
  return (0.8 * longest) / Math.max(words.length, 1);
}

/** `salePrice`, `SALE_PRICE`, `Sale price ($)` → sale, price. */
function wordsOf(column: string): string[] {
  return (
    plain(column.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replaceAll('.', ' '))
      .replaceAll('ß', 'ss')
      .replaceAll('²', '2')
      .match(/[\p{L}\d]+/gu) ?? []
  );
}

/** The unit that the word at a place names, with the one after it or before it: `sq ft`. */
function unitAt(words: readonly string[], place: number) {
  const [before = '', word = '', after = ''] = [words[place - 1], words[place], words[place + 1]];
  return areaUnit(word) ?? areaUnit(word + after) ?? areaUnit(before + word);
}

/** The columns worth keeping beside the fields: not empty, not of people. */
export function chooseDetails(
  { columns, named }: Beginning,
  cells: readonly Cell[][],
  taken: ReadonlySet<number>,
): number[] {
  const most = 50;
  return columns
    .flatMap((column, place) => {
      const kept =
        named && !taken.has(place) && (cells[place]?.length ?? 0) > 0 && !ofPeople.test(wordsOf(column).join(''));
      return kept ? [place] : [];
    })
    .slice(0, most);
}

/** The unit that a column's name tells: `sqft_living`, `Land size (m²)`, `Acres`. */
export function unitNamed(column: string) {
  const words = wordsOf(column);
  for (const place of words.keys()) {
    const unit = unitAt(words, place);
    if (unit) return unit;
  }
}
