/** Completes how the numbers of a field are read: the decimal mark. */
import { type FieldName, fieldOf } from './fields.ts';
import type { Source } from './mapping.ts';
import { give, type Open, question } from './questions.ts';
import { type Cell, type DecimalMark, type NumberReading, readArea, readMoney, readNumber } from './readings.ts';
import type { Context, FieldValues } from './resolution.ts';
import { maxScaleOfThousands } from './sales.ts';
import { onlyWay, type Tally } from './tally.ts';

function tallyNumbers(
  name: FieldName,
  cells: readonly Cell[],
): Tally<DecimalMark> & { plain: number; example: string } {
  const tally = { readable: 0, only: { '.': 0, ',': 0 }, ambiguous: 0, plain: 0, example: '' };
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = fieldOf(name);
  for (const cell of cells) {
    if (typeof cell === 'number') {
      tally.readable++;
      tally.plain++;
      continue;
    }
    const readings = readingsOf(name, cell);
    const within = (value: number) => value >= minimum && value <= maximum;
    const [point, comma] = [within(readings['.']), within(readings[','])];
    if (point || comma) tally.readable++;
    if (point && !comma) tally.only['.']++;
    else if (comma && !point) tally.only[',']++;
    else if (point && readings['.'] === readings[',']) tally.plain++;
    else if (point) {
      tally.ambiguous++;
      tally.example ||= cell;
    }
  }
  return tally;
}

function readingsOf(name: FieldName, text: string): NumberReading {
  const { kind } = fieldOf(name);
  if (kind === 'money') return readMoney(text);
  return readNumber(kind === 'area' ? (readArea(text)?.digits ?? '') : text);
}

const markNames: Record<DecimalMark, string> = { '.': 'a point', ',': 'a comma' };

/** @param scale of amounts of money */
export function completeNumber(
  { name, source, cells, columns, column }: FieldValues,
  { mapping, allValues, evidence, questions }: Context,
  scale = 1,
): Partial<Source> {
  const member = `fields.${name}`;
  const likelyThousands = fieldOf(name).kind === 'money' && scale <= maxScaleOfThousands;
  const { readable, only, ambiguous, plain, example } = tallyNumbers(name, cells);
  const what = fieldOf(name).kind === 'money' ? 'amounts' : 'numbers';
  const signs = fieldOf(name).kind === 'money' ? currencySigns(cells) : '';
  const count = `${readable} of ${cells.length} values are ${what}${signs}`;
  const stated = source.decimal ?? mapping.decimal;
  if (stated) {
    evidence.push({
      member,
      text: `${column}: ${count}, with ${markNames[stated]} as decimal mark, as the mapping states`,
    });
    return { decimal: stated };
  }
  if (ambiguous + only['.'] + only[','] === 0) {
    const thousands = cells.some((cell) => typeof cell === 'string' && /\d[.,]\d/.test(cell))
      ? ', whose points or commas separate thousands'
      : '';
    evidence.push({ member, text: `${column}: ${count}${plain > 0 ? thousands : ''}` });
    return {};
  }
  const found = onlyWay(only);
  if (found) {
    evidence.push({
      member,
      text: `${column}: ${count} with ${markNames[found]} as decimal mark; ${only[found]} of them cannot be read otherwise`,
    });
    return { decimal: found };
  }
  const noneOnly = only['.'] === 0 && only[','] === 0;
  if (noneOnly && likelyThousands && cells.every((cell) => typeof cell === 'number' || !isUnclearAmount(cell))) {
    evidence.push({ member, text: `${column}: ${count}, whose points or commas separate thousands` });
    return {};
  }
  if (noneOnly) {
    for (const other of allValues) {
      if (other.name === name || !['money', 'number', 'area'].includes(fieldOf(other.name).kind)) continue;
      const mark = onlyWay(tallyNumbers(other.name, other.cells).only);
      if (!mark) continue;
      evidence.push({
        member,
        text: `${column}: ${count}, with ${markNames[mark]} as decimal mark like ${other.column}`,
      });
      return { decimal: mark };
    }
  }
  const readings = readingsOf(name, example);
  const open: Open =
    only['.'] + only[','] > 0
      ? { code: 'both_decimals', columns, points: only['.'], commas: only[','] }
      : { code: 'decimal', columns, example, with_point: readings['.'], with_comma: readings[','] };
  const marks = ['.', ','];
  questions.push(question('decimal', open, marks, give('decimal', marks)));
  return {};
}

/** Whether an amount has two readings of which neither is likelier: `$1.234m`. */
function isUnclearAmount(text: string): boolean {
  const { '.': point, ',': comma, likely } = readMoney(text);
  return Number.isNaN(likely) && !(Number.isNaN(point) && Number.isNaN(comma));
}

function currencySigns(cells: readonly Cell[]): string {
  const signs = new Set<string>();
  for (const cell of cells) for (const sign of String(cell).match(/\p{Sc}|[A-Z]{3}/gu) ?? []) signs.add(sign);
  return signs.size > 0 ? ` (in ${[...signs].slice(0, 3).join(', ')})` : '';
}
