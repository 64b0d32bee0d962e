/** Completes a mapping. Missing members are inferred from the table, with evidence. Ambiguities become questions to the client. */
import { formulaWithoutResult, isValue, spreadsheetError } from '../formats/spreadsheet-cells.ts';
import {
  bestNamed,
  chooseColumns,
  chooseDateParts,
  chooseDetails,
  chooseSuffixColumn,
  chooseUnitColumn,
  couldBePrices,
  identityColumns,
  minFitting,
  otherAmounts,
  rowNumberColumns,
  unchosenColumns,
  unitNamed,
} from './columns.ts';
import { type FieldName, fieldNames, fieldOf } from './fields.ts';
import { type Column, columnsOf, defaultMissing, type Mapping, type Source } from './mapping.ts';
import {
  areaUnits,
  buddhistYears,
  type Cell,
  type DateNumbers,
  type DateOrder,
  type DecimalMark,
  dateNumbersOf,
  dateOfNumber,
  hasShortYear,
  moneyUnitNamed,
  type NumberReading,
  readArea,
  readDate,
  readInstant,
  readMoney,
  readNumber,
} from './readings.ts';
import { chooseFlags, findNoSales } from './row-kinds.ts';
import { cellOf, maxScaleOfThousands, positionOf } from './sales.ts';
import type { Beginning, Evidence } from './table.ts';

/** An ambiguity that the client must resolve. */
export interface Question {
  /** The member of the mapping that resolves it: `date_order`. */
  member: string;
  /** A sentence without a full stop that states what to give. */
  text: string;
  /** The possible values, if there are only a few. */
  choices: string[];
}

/** What a market states of the values of its sales. */
export interface MarketTerms {
  /** An ISO code. */
  currency: string;
  /** An IANA time zone. */
  timeZone: string;
}

export interface Resolution {
  mapping: Mapping;
  /** The origin of the choice of columns. */
  origin: 'given' | 'remembered' | 'proposed';
  evidence: Evidence[];
  questions: Question[];
  /** What is unlikely in the values, in sentences without full stops. */
  notes: string[];
}

/**
 * @param given the mapping from the client, which has precedence
 * @param remembered the mapping last used for a table with these columns in this market
 * @param market the terms that values without a currency or a time zone of their own have
 * @throws FileError if a mapping names a column that the table lacks
 */
export function resolve(
  beginning: Beginning,
  given: Mapping = {},
  remembered?: Mapping,
  market?: MarketTerms,
): Resolution {
  const mapping = { ...remembered, ...given };
  const missing = new Set(mapping.missing ?? defaultMissing);
  const origin = given.fields ? 'given' : remembered?.fields ? 'remembered' : 'proposed';
  const evidence = [...beginning.evidence];
  const questions: Question[] = [];
  const notes = [...(beginning.notes ?? [])];

  let fields = mapping.fields;
  let details = mapping.details ?? [];
  let { flags } = mapping;
  if (!fields) {
    const cells = beginning.columns.map((_, index) =>
      beginning.rows.map((row) => row[index] ?? '').filter((cell) => isValue(cell) && !missing.has(String(cell))),
    );
    const choices = chooseColumns(beginning, cells);
    const rowNumbers = rowNumberColumns(beginning, cells);
    for (const index of rowNumbers) {
      evidence.push({
        member: 'details',
        text: `without ${shown(beginning, index)}, which numbers the rows: the next edition may number them again`,
      });
    }
    fields = {};
    for (const { field, index, reason } of choices) {
      fields[field] = { column: named(beginning, index) };
      const unitColumn = fieldOf(field).kind === 'area' ? chooseUnitColumn(beginning, cells, field) : undefined;
      if (unitColumn !== undefined) fields[field].unit_column = named(beginning, unitColumn);
      evidence.push({ member: `fields.${field}`, text: `taken from ${shown(beginning, index)} because of ${reason}` });
    }
    const dateParts = fields.contract_date ? [] : chooseDateParts(beginning, cells);
    if (dateParts.length > 0) {
      fields.contract_date = { columns: dateParts.map((index) => named(beginning, index)), separator: '-' };
      const columns = dateParts.map((index) => shown(beginning, index)).join(' and ');
      evidence.push({ member: 'fields.contract_date', text: `joined from ${columns} because of their names` });
    }
    const taken = new Set([...choices.map(({ index }) => index), ...dateParts, ...rowNumbers]);
    if (!flags) {
      flags = chooseFlags(beginning, cells).map(({ index, condition, reason }) => {
        evidence.push({
          member: 'flags',
          text: `${shown(beginning, index)} states by its name which sales are not standard: ${reason}`,
        });
        return { column: named(beginning, index), ...condition, reason };
      });
    }
    details = mapping.details ?? chooseDetails(beginning, cells, taken).map((index) => named(beginning, index));
    const suffix = fields.house_number && chooseSuffixColumn(beginning);
    if (suffix !== undefined && fields.house_number?.column !== undefined) {
      fields.house_number = { columns: [fields.house_number.column, named(beginning, suffix)], separator: '' };
    }
    for (const field of ['contract_date', 'price'] as const) {
      if (!fields[field])
        questions.push(columnWanted(beginning, field, unchosenColumns(field, beginning, cells, choices), cells));
    }
  }
  const index = (column: Column, member: string) => positionOf(column, beginning.columns, member);
  for (const column of details) index(column, 'details');
  if (mapping.fields) {
    for (const field of ['contract_date', 'price'] as const)
      if (!fields[field]) questions.push(columnWanted(beginning, field, [], []));
  }
  if (
    !(['address', 'street', 'house_number', 'unit', 'property_key', 'sale_key'] as const).some((name) => fields[name])
  ) {
    questions.push({
      member: 'fields.address',
      text: 'no column identifies properties; give fields.address, such as {"address": {"column": "…"}}, or its parts, or fields.property_key',
      choices: [],
    });
  }

  for (const member of ['leave_out', 'flags'] as const) {
    for (const { column } of mapping[member] ?? []) index(column, member);
  }
  const noSales = mapping.leave_out ? undefined : findNoSales(beginning);
  if (noSales) {
    const condition = { column: named(beginning, noSales.index), words: noSales.words };
    questions.push({
      member: 'leave_out',
      text: `${shown(beginning, noSales.index)} states that ${noSales.rows} of the first ${beginning.rows.length} rows are no sales, such as "${noSales.example}"; give leave_out: ${JSON.stringify([condition])} in the mapping to reject them, or leave_out: [] if they are sales`,
      choices: [],
    });
  }

  let { transaction } = mapping;
  for (const column of transaction?.columns ?? []) index(column, 'transaction.columns');
  if (!mapping.fields) {
    const read = (name: FieldName) => {
      const source = (fields as Partial<Record<FieldName, Source>>)[name];
      return source ? cellOf(name, source, beginning.columns, missing) : () => '';
    };
    const propertyOf = joined(fields.property_key ? [read('property_key')] : addressFields.map(read));
    const deed = fields.dealing?.column;
    if (!transaction && deed !== undefined) {
      const dealing = read('dealing');
      const transactionOf = joined([dealing, read('contract_date'), read('price'), propertyOf]);
      const shared = beginning.rows.filter(
        (row, i) =>
          dealing(row) !== '' && i > 0 && transactionOf(row) === transactionOf(beginning.rows[i - 1] as Cell[]),
      ).length;
      if (shared > 0) {
        transaction = { columns: [deed] };
        evidence.push({
          member: 'transaction',
          text: `rows with the same ${shown(beginning, index(deed, 'transaction'))}, date and price are one sale: ${shared} of the first ${beginning.rows.length} rows share them, and the property, with the row above`,
        });
      }
    }
    if (!fields.property_key) {
      const used = new Set(Object.values(fields).flatMap((source) => columnsOf(source)));
      const unused = [...beginning.columns.keys()].filter((other) => !used.has(named(beginning, other)));
      const numbers = new Set(identityColumns(beginning));
      const confused = findConfused(beginning.rows, {
        property: propertyOf,
        day: read('contract_date'),
        price: read('price'),
        numbers: unused.filter((other) => numbers.has(other)),
        others: details
          .map((column) => index(column, 'details'))
          .filter((other) => !couldBePrices(beginning.rows.map((row) => row[other] ?? '').filter(isValue))),
      });
      const [first] = confused?.columns ?? [];
      if (confused && first !== undefined) {
        const names = confused.columns.map((other) => shown(beginning, other));
        questions.push({
          member: 'fields.property_key',
          text: `rows that would be one property, "${confused.property}", ${confused.reason}have different values in ${names.join(' and ')}; give all fields in the mapping, with fields.property_key or fields.house_number, such as {"property_key": {"column": ${JSON.stringify(named(beginning, first))}}}`,
          choices: confused.columns.map((other) => beginning.columns[other] as string),
        });
      } else if (confused) {
        notes.push(
          `rows that would be one property, "${confused.property}", were sold on one day at different prices, and no column distinguishes all such rows; several homes may be one property`,
        );
      }
    }
  }

  const completed: Mapping['fields'] = {};
  const allValues = fieldNames.flatMap((name) => {
    const source = fields[name];
    if (!source) return [];
    const cell = cellOf(name, source, beginning.columns, missing);
    const cells = beginning.rows.map(cell).filter(isValue);
    return [
      {
        name,
        source,
        cells,
        column: columnsOf(source)
          .map((column) => shown(beginning, index(column, name)))
          .join(' and '),
      },
    ];
  });
  const context: Context = { mapping, market, allValues, evidence, questions };
  for (const values of allValues)
    completed[values.name] = { ...values.source, ...(values.column ? complete(values, context) : {}) };
  const statistics = origin === 'proposed' && !fields.contract_date ? statisticsQuestion(beginning) : undefined;
  const { dialect } = beginning;
  return {
    mapping: {
      ...(Object.keys(dialect).length > 0 && { table: dialect }),
      ...(mapping.missing && { missing: mapping.missing }),
      fields: completed,
      ...(transaction && { transaction }),
      ...(mapping.leave_out && { leave_out: mapping.leave_out }),
      ...(flags && flags.length > 0 && { flags }),
      ...(details.length > 0 && { details }),
    },
    origin,
    evidence,
    questions: statistics ? [statistics] : questions,
    notes: [...notes, ...errorNotes(beginning), ...allValues.flatMap(unlikelyValues)],
  };
}

const addressFields = ['address', 'unit', 'house_number', 'street', 'locality', 'region', 'postcode'] as const;

type CellReader = (cells: readonly Cell[]) => Cell;

function joined(readers: readonly CellReader[]): (cells: readonly Cell[]) => string {
  return (cells) =>
    readers
      .map((read) => read(cells))
      .filter((cell) => cell !== '')
      .join(', ');
}

interface Identity {
  property: (cells: readonly Cell[]) => string;
  day: CellReader;
  price: CellReader;
  /** The unused columns of numbers of houses, lots or parcels. */
  numbers: readonly number[];
  /** The other unused columns. */
  others: readonly number[];
}

/**
 * The first property whose rows differ in the number of a house, lot or parcel, or state two prices on one day. `columns` are those that distinguish
 * such rows, if there are any.
 */
function findConfused(
  rows: readonly Cell[][],
  { property, day, price, numbers, others }: Identity,
): { property: string; reason: string; columns: number[] } | undefined {
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
    if (columns.length > 0) return { property: name, reason: '', columns };
    const sold = `${name}\x1f${day(row)}`;
    const other = lastOfDay.get(sold);
    if (other && price(other) !== price(row)) twoPrices.push([other, row]);
    lastOfDay.set(sold, row);
  }
  const [example] = twoPrices;
  if (!example) return undefined;
  const columns = others.filter((index) => twoPrices.every(([a, b]) => differ(a, b)(index)));
  return { property: property(example[0]), reason: 'were sold on one day at different prices, and ', columns };
}

function errorNotes({ rows }: Beginning): string[] {
  const notes: string[] = [];
  const cells = rows.flat();
  const errors = cells.filter((cell) => typeof cell === 'string' && spreadsheetError.test(cell.trim()));
  if (errors.length > 0) {
    notes.push(
      `${errors.length} cells at the beginning are errors of a spreadsheet, such as ${errors[0]}; they are read as missing`,
    );
  }
  const formulas = cells.filter((cell) => cell === formulaWithoutResult).length;
  if (formulas > 0) {
    notes.push(
      `${formulas} cells at the beginning are formulas without a stored result; open the workbook in a spreadsheet program, save it, and import it again`,
    );
  }
  return notes;
}

/** Fewer dates may be first days of quarters by chance. */
const minSameDays = 20;

/** What is possible but unlikely in the values of a field. */
function unlikelyValues({ name, cells, column }: FieldValues): string[] {
  const texts = cells.map(String);
  if (name === 'postcode') {
    const lengths = new Set(texts.filter((text) => /^\d+$/.test(text)).map(({ length }) => length));
    if (lengths.size === 2 && Math.abs([...lengths].reduce((a, b) => a - b)) === 1) {
      return [
        `${column}: some postcodes have ${[...lengths].sort().join(' digits, some ')}; a spreadsheet may have removed leading zeros`,
      ];
    }
  }
  if (fieldOf(name).kind === 'date') {
    const read = texts.map((text) => readDate(text).dmy || readDate(text).mdy);
    if (
      name === 'contract_date' &&
      read.length >= minSameDays &&
      read.every((day) => day === '' || /-(?:01|04|07|10)-01$/.test(day))
    ) {
      return [
        `${column}: the dates are those of quarters, which are read as their first days; there are no figures by month`,
      ];
    }
    const days = texts.flatMap((text) => /^\d{4}-\d\d-(\d\d)/.exec(text)?.[1] ?? []);
    const { only, ambiguous } = tallyDates(texts);
    // A spreadsheet with the other order converts the dates that it can, and leaves the rest as texts.
    if (days.length > 0 && days.every((day) => Number(day) <= 12) && only.dmy + only.mdy > 0 && ambiguous === 0) {
      return [
        `${column}: a spreadsheet may have exchanged day and month in ${days.length} dates, those with days up to 12; the other ${only.dmy + only.mdy} are texts`,
      ];
    }
  }
  return [];
}

/** A field of the mapping, and its values at the beginning of the table. */
interface FieldValues {
  name: FieldName;
  source: Source;
  cells: Cell[];
  /** The names of the columns, for messages. */
  column: string;
}

interface Context {
  mapping: Mapping;
  market: MarketTerms | undefined;
  allValues: FieldValues[];
  evidence: Evidence[];
  questions: Question[];
}

function complete(values: FieldValues, context: Context): Partial<Source> {
  switch (fieldOf(values.name).kind) {
    case 'date': {
      const numbers = completeDateNumbers(values, context);
      const read = numbers && { ...values, cells: values.cells.map((cell) => dateOfNumber(String(cell), numbers)) };
      return {
        ...(numbers && { date_numbers: numbers }),
        ...completeDate(read ?? values, context),
        ...completeTimeZone(read ?? values, context),
        ...completeYears(read ?? values, context),
      };
    }
    case 'area':
      return { ...completeNumber(values, context), ...completeArea(values, context) };
    case 'money':
      return completeMoney(values, context);
    case 'number':
    case 'whole':
      return completeNumber(values, context);
    default:
      return {};
  }
}

const numbersNames: Record<DateNumbers, string> = {
  excel_days: 'days as spreadsheets count them',
  unix_seconds: 'seconds since 1970',
  unix_milliseconds: 'milliseconds since 1970',
  years: 'years, which are read as their first days; there are no figures by month or quarter',
};

/** What the numbers in a column of dates count; undefined if it has dates. */
function completeDateNumbers(
  { name, source, cells, column }: FieldValues,
  { mapping, evidence, questions }: Context,
): DateNumbers | undefined {
  const kinds = cells.map((cell) => dateNumbersOf(String(cell)));
  const likely = kinds.find((kind) => kind !== undefined);
  const fits = likely !== undefined && kinds.filter((kind) => kind === likely).length >= minFitting * cells.length;
  const stated = source.date_numbers ?? (fits ? mapping.date_numbers : undefined);
  const numbers = stated ?? (fits ? likely : undefined);
  if (!numbers) return undefined;
  const example = String(cells[kinds.indexOf(likely)] ?? '');
  const meaning = `${numbersNames[numbers]}: "${example}" is ${dateOfNumber(example, numbers).slice(0, 10)}`;
  if (stated) evidence.push({ member: `fields.${name}`, text: `${column}: numbers are ${meaning}` });
  else {
    questions.push({
      member: 'date_numbers',
      text: `the values of ${column} are ${numbers === 'years' ? '' : 'serial '}numbers, probably ${meaning}; give date_numbers: "${numbers}" in the mapping`,
      choices: [numbers],
    });
  }
  return numbers;
}

/** How the values of a column can be read in each of two ways. */
interface Tally<Way extends string> {
  readable: number;
  /** The number of values that can be read in one way only. */
  only: Record<Way, number>;
  /** The number of values with a different meaning in each way. */
  ambiguous: number;
}

function tallyDates(cells: readonly Cell[]): Tally<DateOrder> {
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
  { name, source, cells, column }: FieldValues,
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
  const conflict =
    only.dmy + only.mdy > 0
      ? `${only.dmy} can only be dd/mm/yyyy and ${only.mdy} only mm/dd/yyyy`
      : `all ${ambiguous} ambiguous values that were read, such as "${cells.find((cell) => isAmbiguous(cell))}", could be dd/mm/yyyy or mm/dd/yyyy`;
  questions.push({
    member: 'date_order',
    text: `the order of day and month in ${column} is ambiguous: ${conflict}; give date_order: "dmy" or "mdy" in the mapping`,
    choices: ['dmy', 'mdy'],
  });
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
  { source, cells, column }: FieldValues,
  { mapping, questions }: Context,
): Pick<Source, 'first_year' | 'calendar'> {
  const dates = cells.map(String).filter((text) => readDate(text).dmy !== '' || readDate(text).mdy !== '');
  const short = dates.find(hasShortYear);
  const firstYear = source.first_year ?? mapping.first_year;
  if (short !== undefined && firstYear === undefined) {
    const last = new Date().getUTCFullYear();
    questions.push({
      member: 'first_year',
      text: `the years of ${column} have two digits, such as "${short}"; give first_year: ${last - 99} in the mapping if they are the years ${last - 99} to ${last}, or else the first of their hundred years`,
      choices: [String(last - 99)],
    });
  }
  const years = dates.map((text) => Number((readDate(text).dmy || readDate(text).mdy).slice(0, 4)));
  const buddhist = years.filter((year) => year >= 2400 && year <= 2700);
  const calendar = source.calendar ?? mapping.calendar;
  if (buddhist.length > dates.length / 2 && calendar === undefined) {
    const [year] = buddhist as [number];
    questions.push({
      member: 'calendar',
      text: `the years of ${column}, such as ${year}, seem to be those of the Buddhist calendar; give calendar: "buddhist" in the mapping if ${year} is ${year - buddhistYears}, or "gregorian"`,
      choices: ['buddhist', 'gregorian'],
    });
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

/** The only possible way to read some values, if no value contradicts it. */
function onlyWay<Way extends string>(only: Record<Way, number>): Way | undefined {
  const ways = (Object.keys(only) as Way[]).filter((way) => only[way] > 0);
  return ways.length === 1 ? ways[0] : undefined;
}

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
function completeNumber(
  { name, source, cells, column }: FieldValues,
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
  const conflict =
    only['.'] + only[','] > 0
      ? `${only['.']} values need a point and ${only[',']} need a comma`
      : `"${example}" could be ${readingsOf(name, example)['.']} or ${readingsOf(name, example)[',']}`;
  questions.push({
    member: 'decimal',
    text: `the decimal mark in ${column} is ambiguous: ${conflict}; give decimal: "." or "," in the mapping`,
    choices: ['.', ','],
  });
  return {};
}

/** Whether an amount has two readings of which neither is likelier: `$1.234m`. */
function isUnclearAmount(text: string): boolean {
  const { '.': point, ',': comma, likely } = readMoney(text);
  return Number.isNaN(likely) && !(Number.isNaN(point) && Number.isNaN(comma));
}

/** From this amount on, amounts are hardly in thousands or millions. */
const minUnscaled = 100_000;

function completeMoney(values: FieldValues, context: Context): Partial<Source> {
  const { name, source, cells, column } = values;
  const { mapping, market, evidence, questions } = context;
  const member = `fields.${name}`;
  const headings = columnsOf(source).filter((one) => typeof one === 'string');
  const unit = headings.map(moneyUnitNamed).find((unit) => unit.scale !== 1 || unit.currencies);
  const statedScale = source.scale ?? mapping.price_scale;
  const scale = statedScale ?? unit?.scale ?? 1;
  const completed = { ...completeNumber(values, context, scale), ...completeWords(values, context) };
  if (statedScale === undefined && scale !== 1) {
    const amounts = cells
      .flatMap((cell) => (typeof cell === 'number' ? cell : (readMoney(cell)[completed.decimal ?? '.'] ?? [])))
      .sort((a, b) => a - b);
    const middle = amounts[Math.floor(amounts.length / 2)] ?? 0;
    if (middle >= minUnscaled) {
      questions.push({
        member: 'price_scale',
        text: `the heading of ${column} states amounts in units of ${scale}, but half of them are ${middle} and more; give price_scale: ${scale}, or 1 if they are not scaled, in the mapping`,
        choices: ['1', String(scale)],
      });
    }
  }
  if (scale !== 1) {
    const origin = statedScale === undefined ? 'the name of the column' : 'the mapping';
    evidence.push({ member, text: `${column}: multiplied by ${scale} as ${origin} states` });
  }
  const stated = source.currency ?? mapping.currency;
  const currency = market?.currency ?? stated;
  if (stated && currency && stated !== currency) {
    questions.push({
      member: 'currency',
      text: `the mapping states prices in ${stated}, but the prices of the market are in ${currency}; import them into a market with the currency ${stated}`,
      choices: [currency],
    });
  } else if (!stated && currency && unit?.currencies && !unit.currencies.includes(currency)) {
    questions.push({
      member: 'currency',
      text: `the heading of ${column} states another currency than ${currency}, that of the market; import the file into a market with that currency, or give currency: "${currency}" in the mapping if the prices are in it`,
      choices: [currency],
    });
  }
  return { ...completed, ...(scale !== 1 && { scale }), ...(currency && { currency }) };
}

/** Words that may stand for no price, which the proposal reads as 0 if the client agrees. */
function completeWords({ name, source, cells, column }: FieldValues, { mapping, questions }: Context): Partial<Source> {
  const words = cells.filter((cell) => !isAmount(cell));
  if (mapping.fields || words.length <= (1 - minFitting) * cells.length) return {};
  const values = Object.fromEntries([...new Set(words)].slice(0, 20).map((word) => [word, '0']));
  const examples = Object.keys(values).slice(0, 3);
  questions.push({
    member: `fields.${name}`,
    text: `${column} has the name of the prices, but ${words.length} of its first ${cells.length} values are none, such as ${examples.map((word) => `"${word}"`).join(', ')}; if they stand for no price, give the mapping of the preview, in which fields.${name} is ${JSON.stringify({ ...source, values })}`,
    choices: [],
  });
  return { values };
}

function isAmount(cell: Cell): boolean {
  return typeof cell === 'number' || !(Number.isNaN(readMoney(cell)['.']) && Number.isNaN(readMoney(cell)[',']));
}

function currencySigns(cells: readonly Cell[]): string {
  const signs = new Set<string>();
  for (const cell of cells) for (const sign of String(cell).match(/\p{Sc}|[A-Z]{3}/gu) ?? []) signs.add(sign);
  return signs.size > 0 ? ` (in ${[...signs].slice(0, 3).join(', ')})` : '';
}

function completeArea(
  { name, source, cells, column }: FieldValues,
  { mapping, evidence, questions }: Context,
): Partial<Source> {
  const member = `fields.${name}`;
  if (source.unit_column !== undefined) {
    evidence.push({ member, text: `${column}: the unit of each area is in its own column` });
    return {};
  }
  const stated = source.unit ?? mapping.area_unit;
  if (stated) {
    evidence.push({ member, text: `${column}: areas in ${stated} as the mapping states` });
    return { unit: stated };
  }
  // Columns with the field's own name have its unit.
  const names = columnsOf(source).filter((one) => typeof one === 'string');
  const unitOfName = names.includes(name) ? 'm2' : names.map(unitNamed).find((unit) => unit !== undefined);
  if (unitOfName) {
    evidence.push({ member, text: `${column}: areas in ${unitOfName} as the name of the column states` });
    return { unit: unitOfName };
  }
  const units = cells.map((cell) => (typeof cell === 'string' ? readArea(cell)?.unit : undefined));
  if (cells.length > 0 && units.every((unit) => unit !== undefined)) {
    evidence.push({ member, text: `${column}: every value states its unit (${[...new Set(units)].join(', ')})` });
    return {};
  }
  questions.push({
    member: 'area_unit',
    text: `the unit of ${column} is not stated; give area_unit: ${listed(Object.keys(areaUnits))} in the mapping`,
    choices: Object.keys(areaUnits),
  });
  return {};
}

function columnWanted(
  beginning: Beginning,
  field: 'contract_date' | 'price',
  similar: number[],
  cells: readonly Cell[][],
): Question {
  const noun = field === 'price' ? 'prices' : 'contract dates';
  const several =
    similar.length > 1 ? `; ${similar.map((index) => shown(beginning, index)).join(' and ')} could be` : '';
  const namesake = similar.length === 0 && beginning.named ? bestNamed(beginning.columns, field) : undefined;
  if (namesake !== undefined) return columnUnreadable(beginning, field, namesake);
  const others = field === 'price' && similar.length === 0 ? otherAmounts(beginning, cells) : [];
  if (others.length > 0) {
    const names = others.slice(0, 3).map((index) => shown(beginning, index));
    return {
      member: 'fields.price',
      text: `no column could be identified as the prices; by their names, the amounts of ${names.join(' and ')} are medians, rents, listings or values, not prices of sales; if they are, give fields.price in the mapping, with the other fields`,
      choices: others.map((index) => beginning.columns[index] as string),
    };
  }
  const column = similar[0] === undefined ? '"…"' : JSON.stringify(named(beginning, similar[0]));
  const example = `{"${field}": {"column": ${column}}}`;
  return {
    member: `fields.${field}`,
    text: `no column could be identified as the ${noun}${several}; give fields.${field} in the mapping, such as {"fields": ${example}} with the other fields`,
    choices: similar.map((index) => beginning.columns[index] as string),
  };
}

/** The question about a table with a row for each area and a column for each date; undefined if it is none. */
function statisticsQuestion({ columns, named, rows }: Beginning): Question | undefined {
  const heading = named ? columns : (rows[0] ?? []);
  const dates = heading.filter((name) => readDate(String(name)).dmy !== '').length;
  if (dates < 3) return undefined;
  return {
    member: 'fields.contract_date',
    text: `the table has a row for each area and a column for each of ${dates} dates; these are statistics, not sales`,
    choices: [],
  };
}

/** The question about a column whose name is that of the field, but whose values are not. */
function columnUnreadable(beginning: Beginning, field: 'contract_date' | 'price', column: number): Question {
  const values = beginning.rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
  const wrong = values.filter((cell) =>
    field === 'price' ? !isAmount(cell) : Object.values(readDate(String(cell))).every((day) => day === ''),
  );
  const examples = [...new Set(wrong)].slice(0, 3).map((cell) => `"${cell}"`);
  const remedy =
    field === 'price'
      ? 'give fields.price in the mapping'
      : 'export the column as dates, such as 2024-01-31, 31/01/2024 or 31 January 2024';
  return {
    member: `fields.${field}`,
    text: `${shown(beginning, column)} has the name of the ${field === 'price' ? 'prices' : 'contract dates'}, but ${wrong.length} of its first ${values.length} values are none, such as ${examples.join(', ')}; ${remedy}`,
    choices: [beginning.columns[column] as string],
  };
}

/** A column as a mapping names it: by its number if its name is empty or not unique. */
function named({ columns, named: byName }: Beginning, index: number): Column {
  const name = columns[index] as string;
  return byName && name !== '' && columns.indexOf(name) === columns.lastIndexOf(name) ? name : index + 1;
}

function shown(beginning: Beginning, index: number): string {
  const column = named(beginning, index);
  return typeof column === 'number' ? `column ${column}` : `"${column}"`;
}

function listed(choices: string[]): string {
  return choices
    .map((choice) => `"${choice}"`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}
