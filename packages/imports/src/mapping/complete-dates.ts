/** Completes how the dates of a field are read: what numbers count, the order of day and month, the time zone, the years. */
import { minFitting } from './columns.ts';
import { fieldOf } from './fields.ts';
import type { Source } from './mapping.ts';
import { give, numbersText, type Open, question } from './questions.ts';
import {
  buddhistYears,
  type Cell,
  type DateNumbers,
  type DateOrder,
  dateNumbersOf,
  dateOfNumber,
  hasShortYear,
  readDate,
  readInstant,
} from './readings.ts';
import type { Context, FieldValues } from './resolution.ts';
import { onlyWay, type Tally } from './tally.ts';

/** How the dates of a field are read. */
export function completeDates(values: FieldValues, context: Context): Partial<Source> {
  const numbers = completeDateNumbers(values, context);
  const read = numbers ? { ...values, cells: values.cells.map((cell) => dateOfNumber(String(cell), numbers)) } : values;
  return {
    ...(numbers && { date_numbers: numbers }),
    ...completeDate(read, context),
    ...completeTimeZone(read, context),
    ...completeYears(read, context),
  };
}

/** What the numbers in a column of dates count; undefined if it has dates. */
function completeDateNumbers(
  { name, source, cells, columns, column }: FieldValues,
  { mapping, evidence, questions }: Context,
): DateNumbers | undefined {
  const kinds = cells.map((cell) => dateNumbersOf(String(cell)));
  const likely = kinds.find((kind) => kind !== undefined);
  const fits = likely !== undefined && kinds.filter((kind) => kind === likely).length >= minFitting * cells.length;
  const stated = source.date_numbers ?? (fits ? mapping.date_numbers : undefined);
  const numbers = stated ?? (fits ? likely : undefined);
  if (!numbers) return undefined;
  const example = String(cells[kinds.indexOf(likely)] ?? '');
  const meaning = { numbers, example, date: dateOfNumber(example, numbers).slice(0, 10) };
  if (stated) evidence.push({ member: `fields.${name}`, text: `${column}: numbers are ${numbersText(meaning)}` });
  else {
    const open: Open = { code: 'date_numbers', columns, ...meaning };
    questions.push(question('date_numbers', open, [numbers], give('date_numbers', [numbers])));
  }
  return numbers;
}

/** How many values are dates with the day first, and how many with the month first. */
export function tallyDates(cells: readonly Cell[]): Tally<DateOrder> {
  const tally = { readable: 0, only: { dmy: 0, mdy: 0 }, ambiguous: 0 };
  for (const cell of cells) {
    const { dmy, mdy } = readDate(String(cell));
    if (dmy || mdy) tally.readable++;
    if (dmy && !mdy) tally.only.dmy++;
    else if (mdy && !dmy) tally.only.mdy++;
    else if (dmy !== mdy) tally.ambiguous++;
  }
  return tally;
}

const orderNames: Record<DateOrder, string> = { dmy: 'dd/mm/yyyy', mdy: 'mm/dd/yyyy' };

function completeDate(
  { name, source, cells, columns, column }: FieldValues,
  { mapping, allValues, evidence, questions }: Context,
): Partial<Source> {
  const member = `fields.${name}`;
  const { readable, only, ambiguous } = tallyDates(cells);
  const count = `${readable} of ${cells.length} values are dates`;
  const stated = source.date_order ?? mapping.date_order;
  if (stated) {
    evidence.push({ member, text: `${column}: ${count}, read as ${orderNames[stated]} as the mapping states` });
    return { date_order: stated };
  }
  if (only.dmy + only.mdy + ambiguous === 0) {
    evidence.push({ member, text: `${column}: ${count}, whose order is unambiguous` });
    return {};
  }
  const found = onlyWay(only);
  if (found) {
    evidence.push({
      member,
      text: `${column}: ${count} ${orderNames[found]}; ${only[found]} of them can only be that order`,
    });
    return { date_order: found };
  }
  // A file has one order, so another column may show it.
  if (only.dmy === 0 && only.mdy === 0) {
    for (const other of allValues) {
      if (other.name === name || fieldOf(other.name).kind !== 'date') continue;
      const tally = tallyDates(other.cells);
      const order = onlyWay(tally.only);
      if (!order) continue;
      evidence.push({
        member,
        text: `${column}: ${count}, ${orderNames[order]} like ${other.column}, where ${tally.only[order]} can only be that order`,
      });
      return { date_order: order };
    }
  }
  const open: Open =
    only.dmy + only.mdy > 0
      ? { code: 'both_date_orders', columns, day_first: only.dmy, month_first: only.mdy }
      : { code: 'date_order', columns, values: ambiguous, example: String(cells.find((cell) => isAmbiguous(cell))) };
  const orders = ['dmy', 'mdy'];
  questions.push(question('date_order', open, orders, give('date_order', orders)));
  return {};
}

/** Instants become days in a time zone. At midnight UTC, a whole column of them is a column of days that a program wrote as instants. */
function completeTimeZone(
  { name, source, cells, column }: FieldValues,
  { mapping, market, evidence }: Context,
): Partial<Source> {
  const stated = source.time_zone ?? mapping.time_zone;
  const instants = cells.flatMap((cell) => readInstant(String(cell)) ?? []);
  if (instants.length === 0) return stated ? { time_zone: stated } : {};
  const days = instants.every((instant) => instant.getTime() % 86_400_000 === 0);
  const zone = stated ?? (days ? undefined : market?.timeZone);
  evidence.push({
    member: `fields.${name}`,
    text: zone
      ? `${column}: ${instants.length} instants become days in the time zone ${zone}${stated ? ', as the mapping states' : ' of the market'}`
      : `${column}: ${instants.length} instants are read as the days that they state`,
  });
  return zone ? { time_zone: zone } : {};
}

/** Years of two digits, and Buddhist years. */
function completeYears(
  { source, cells, columns }: FieldValues,
  { mapping, questions }: Context,
): Pick<Source, 'first_year' | 'calendar'> {
  const dates = cells.map(String).filter((text) => readDate(text).dmy !== '' || readDate(text).mdy !== '');
  const short = dates.find(hasShortYear);
  const firstYear = source.first_year ?? mapping.first_year;
  if (short !== undefined && firstYear === undefined) {
    const last = new Date().getUTCFullYear();
    const from = last - 99;
    const remedy = `give first_year: ${from} in the mapping if they are the years ${from} to ${last}, or else the first of their hundred years`;
    const open: Open = { code: 'first_year', columns, example: short, from, to: last };
    questions.push(question('first_year', open, [String(from)], remedy));
  }
  const years = dates.map((text) => Number((readDate(text).dmy || readDate(text).mdy).slice(0, 4)));
  const buddhist = years.filter((year) => year >= 2400 && year <= 2700);
  const calendar = source.calendar ?? mapping.calendar;
  if (buddhist.length > dates.length / 2 && calendar === undefined) {
    const [year] = buddhist as [number];
    const gregorian = year - buddhistYears;
    const remedy = `give calendar: "buddhist" in the mapping if ${year} is ${gregorian}, or "gregorian"`;
    const open: Open = { code: 'calendar', columns, year, gregorian };
    questions.push(question('calendar', open, ['buddhist', 'gregorian'], remedy));
  }
  return {
    ...(short !== undefined && firstYear !== undefined && { first_year: firstYear }),
    ...(calendar && { calendar }),
  };
}

function isAmbiguous(cell: Cell): boolean {
  const { dmy, mdy } = readDate(String(cell));
  return dmy !== mdy;
}
