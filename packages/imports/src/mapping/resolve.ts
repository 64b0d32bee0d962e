/** Makes a mapping complete: what it does not say is found from the table, with the evidence, or asked about where the table cannot tell. */
import { chooseColumns, chooseDetails, onlyOf, unitNamed } from './columns.ts';
import { type FieldName, fieldNames, fieldOf } from './fields.ts';
import { type Column, columnsOf, type Mapping, type Source, usuallyMissing } from './mapping.ts';
import {
  areaUnits,
  type Cell,
  type DateOrder,
  type DecimalMark,
  readArea,
  readDate,
  readMoney,
  readNumber,
} from './readings.ts';
import { cellOf, placeOf } from './sales.ts';
import type { Beginning, Evidence } from './table.ts';

/** What only the sender knows. */
export interface Question {
  /** Of the mapping, that would answer it: `date_order`. */
  member: string;
  /** A plain sentence, without a full stop, that says what to give. */
  text: string;
  /** The values to choose from, if there are just a few. */
  choices: string[];
}

export interface Resolution {
  mapping: Mapping;
  /** Where the choice of columns comes from. */
  origin: 'given' | 'remembered' | 'proposed';
  evidence: Evidence[];
  questions: Question[];
}

/**
 * @param given what the sender says, which goes before all else
 * @param remembered the mapping last used for a table with these columns in this market
 * @throws FileError where a mapping names a column that the table has not
 */
export function resolve(beginning: Beginning, given: Mapping = {}, remembered?: Mapping): Resolution {
  const said = { ...remembered, ...given };
  const missing = new Set(said.missing ?? usuallyMissing);
  const origin = given.fields ? 'given' : remembered?.fields ? 'remembered' : 'proposed';
  const evidence = [...beginning.evidence];
  const questions: Question[] = [];

  let fields = said.fields;
  let details = said.details ?? [];
  if (!fields) {
    const cells = beginning.columns.map((_, place) =>
      beginning.rows.map((row) => row[place] ?? '').filter((cell) => cell !== '' && !missing.has(String(cell))),
    );
    const choices = chooseColumns(beginning, cells);
    fields = {};
    for (const { field, place, because } of choices) {
      fields[field] = { column: named(beginning, place) };
      evidence.push({ member: `fields.${field}`, text: `taken from ${shown(beginning, place)} because of ${because}` });
    }
    details =
      said.details ??
      chooseDetails(beginning, cells, new Set(choices.map(({ place }) => place))).map((place) =>
        named(beginning, place),
      );
    for (const field of ['contract_date', 'price'] as const) {
      if (!fields[field]) questions.push(columnWanted(beginning, field, onlyOf(field, cells, choices)));
    }
  }
  const place = (column: Column, member: string) => placeOf(column, beginning.columns, member);
  for (const column of details) place(column, 'details');
  if (said.fields) {
    for (const field of ['contract_date', 'price'] as const)
      if (!fields[field]) questions.push(columnWanted(beginning, field, []));
  }
  if (
    !(['address', 'street', 'house_number', 'unit', 'property_key', 'sale_key'] as const).some((name) => fields[name])
  ) {
    questions.push({
      member: 'fields.address',
      text: 'no column tells properties apart; give fields.address, such as {"address": {"column": "…"}}, or its parts, or fields.property_key',
      choices: [],
    });
  }

  const completed: Mapping['fields'] = {};
  const looks = fieldNames.flatMap((name) => {
    const source = fields[name];
    if (!source) return [];
    const cell = cellOf(name, source, beginning.columns, missing);
    const cells = beginning.rows.map(cell).filter((value) => value !== '');
    return [
      {
        name,
        source,
        cells,
        column: columnsOf(source)
          .map((column) => shown(beginning, place(column, name)))
          .join(' and '),
      },
    ];
  });
  const context: Context = { said, looks, evidence, questions, columns: beginning.columns };
  for (const look of looks) completed[look.name] = { ...look.source, ...(look.column ? complete(look, context) : {}) };
  const { dialect } = beginning;
  return {
    mapping: {
      ...(Object.keys(dialect).length > 0 && { table: dialect }),
      ...(said.missing && { missing: said.missing }),
      fields: completed,
      ...(details.length > 0 && { details }),
    },
    origin,
    evidence,
    questions,
  };
}

/** A field of the mapping, and what it is given at the table's beginning. */
interface Look {
  name: FieldName;
  source: Source;
  cells: Cell[];
  /** For sentences. */
  column: string;
}

interface Context {
  said: Mapping;
  looks: Look[];
  evidence: Evidence[];
  questions: Question[];
  columns: string[];
}

function complete(look: Look, context: Context): Partial<Source> {
  switch (fieldOf(look.name).kind) {
    case 'date':
      return completeDate(look, context);
    case 'area':
      return { ...completeNumber(look, context), ...completeArea(look, context) };
    case 'money':
    case 'number':
    case 'whole':
      return completeNumber(look, context);
    default:
      return {};
  }
}

/** What the values of a column say of two ways to read them. */
interface Tally<Way extends string> {
  readable: number;
  /** Values that can only be read one way. */
  only: Record<Way, number>;
  /** Values that mean one thing one way and another thing the other. */
  open: number;
}

function tallyDates(cells: readonly Cell[]): Tally<DateOrder> {
  const tally = { readable: 0, only: { dmy: 0, mdy: 0 }, open: 0 };
  for (const cell of cells) {
    const { dmy, mdy } = readDate(String(cell));
    if (dmy || mdy) tally.readable++;
    if (dmy && !mdy) tally.only.dmy++;
    else if (mdy && !dmy) tally.only.mdy++;
    else if (dmy !== mdy) tally.open++;
  }
  return tally;
}

const orderNames: Record<DateOrder, string> = { dmy: 'dd/mm/yyyy', mdy: 'mm/dd/yyyy' };

function completeDate(
  { name, source, cells, column }: Look,
  { said, looks, evidence, questions }: Context,
): Partial<Source> {
  const member = `fields.${name}`;
  const { readable, only, open } = tallyDates(cells);
  const count = `${readable} of ${cells.length} values are dates`;
  const stated = source.date_order ?? said.date_order;
  if (stated) {
    evidence.push({ member, text: `${column}: ${count}, read as ${orderNames[stated]} as the mapping says` });
    return { date_order: stated };
  }
  if (only.dmy + only.mdy + open === 0) {
    evidence.push({ member, text: `${column}: ${count}, whose order is plain` });
    return {};
  }
  const found = decidedBy(only);
  if (found) {
    evidence.push({
      member,
      text: `${column}: ${count} ${orderNames[found]}; ${only[found]} of them can only be that order`,
    });
    return { date_order: found };
  }
  // Within a file the order is one, and another column may tell.
  if (only.dmy === 0 && only.mdy === 0) {
    for (const other of looks) {
      if (other.name === name || fieldOf(other.name).kind !== 'date') continue;
      const tally = tallyDates(other.cells);
      const order = decidedBy(tally.only);
      if (!order) continue;
      evidence.push({
        member,
        text: `${column}: ${count}, ${orderNames[order]} like ${other.column}, where ${tally.only[order]} can only be that order`,
      });
      return { date_order: order };
    }
  }
  const trouble =
    only.dmy + only.mdy > 0
      ? `${only.dmy} can only be dd/mm/yyyy and ${only.mdy} only mm/dd/yyyy`
      : `all of the ${open} looked at that are not alike both ways, such as "${cells.find((cell) => isOpen(cell))}", could be dd/mm/yyyy or mm/dd/yyyy`;
  questions.push({
    member: 'date_order',
    text: `the order of day and month in ${column} cannot be told: ${trouble}; give date_order: "dmy" or "mdy" in the mapping`,
    choices: ['dmy', 'mdy'],
  });
  return {};
}

function isOpen(cell: Cell): boolean {
  const { dmy, mdy } = readDate(String(cell));
  return dmy !== mdy;
}

/** The way that some values can only be read, if no value speaks for the other. */
function decidedBy<Way extends string>(only: Record<Way, number>): Way | undefined {
  const ways = (Object.keys(only) as Way[]).filter((way) => only[way] > 0);
  return ways.length === 1 ? ways[0] : undefined;
}

function tallyNumbers(
  name: FieldName,
  cells: readonly Cell[],
): Tally<DecimalMark> & { plain: number; example: string } {
  const tally = { readable: 0, only: { '.': 0, ',': 0 }, open: 0, plain: 0, example: '' };
  const { kind, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = fieldOf(name);
  for (const cell of cells) {
    if (typeof cell === 'number') {
      tally.readable++;
      tally.plain++;
      continue;
    }
    const readings =
      kind === 'money' ? readMoney(cell) : readNumber(kind === 'area' ? (readArea(cell)?.figures ?? '') : cell);
    const within = (value: number) => value >= least && value <= most;
    const [point, comma] = [within(readings['.']), within(readings[','])];
    if (point || comma) tally.readable++;
    if (point && !comma) tally.only['.']++;
    else if (comma && !point) tally.only[',']++;
    else if (point && readings['.'] === readings[',']) tally.plain++;
    else if (point) {
      tally.open++;
      tally.example ||= cell;
    }
  }
  return tally;
}

const markNames: Record<DecimalMark, string> = { '.': 'a point', ',': 'a comma' };

function completeNumber(
  { name, source, cells, column }: Look,
  { said, looks, evidence, questions }: Context,
): Partial<Source> {
  const member = `fields.${name}`;
  const { readable, only, open, plain, example } = tallyNumbers(name, cells);
  const what = fieldOf(name).kind === 'money' ? 'amounts' : 'numbers';
  const signs = fieldOf(name).kind === 'money' ? currencySigns(cells) : '';
  const count = `${readable} of ${cells.length} values are ${what}${signs}`;
  const stated = source.decimal ?? said.decimal;
  if (stated) {
    evidence.push({
      member,
      text: `${column}: ${count}, with decimals after ${markNames[stated]} as the mapping says`,
    });
    return { decimal: stated };
  }
  if (open + only['.'] + only[','] === 0) {
    const thousands = cells.some((cell) => typeof cell === 'string' && /\d[.,]\d/.test(cell))
      ? ', whose points or commas part thousands'
      : '';
    evidence.push({ member, text: `${column}: ${count}${plain > 0 ? thousands : ''}` });
    return {};
  }
  const found = decidedBy(only);
  if (found) {
    evidence.push({
      member,
      text: `${column}: ${count} with decimals after ${markNames[found]}; ${only[found]} of them can only be read so`,
    });
    return { decimal: found };
  }
  if (only['.'] === 0 && only[','] === 0) {
    for (const other of looks) {
      if (other.name === name || !['money', 'number', 'area'].includes(fieldOf(other.name).kind)) continue;
      const mark = decidedBy(tallyNumbers(other.name, other.cells).only);
      if (!mark) continue;
      evidence.push({
        member,
        text: `${column}: ${count}, with decimals after ${markNames[mark]} like ${other.column}`,
      });
      return { decimal: mark };
    }
  }
  const trouble =
    only['.'] + only[','] > 0
      ? `${only['.']} values can only have them after a point and ${only[',']} only after a comma`
      : `"${example}" could be ${readNumber(example)['.']} or ${readNumber(example)[',']}`;
  questions.push({
    member: 'decimal',
    text: `what decimals stand after in ${column} cannot be told: ${trouble}; give decimal: "." or "," in the mapping`,
    choices: ['.', ','],
  });
  return {};
}

function currencySigns(cells: readonly Cell[]): string {
  const signs = new Set<string>();
  for (const cell of cells) for (const sign of String(cell).match(/\p{Sc}|[A-Z]{3}/gu) ?? []) signs.add(sign);
  return signs.size > 0 ? ` (in ${[...signs].slice(0, 3).join(', ')})` : '';
}

function completeArea({ name, source, cells, column }: Look, { said, evidence, questions }: Context): Partial<Source> {
  const member = `fields.${name}`;
  const stated = source.unit ?? said.area_unit;
  if (stated) {
    evidence.push({ member, text: `${column}: areas in ${stated} as the mapping says` });
    return { unit: stated };
  }
  // Our own names have our own unit.
  const names = columnsOf(source).filter((one) => typeof one === 'string');
  const told = names.includes(name) ? 'm2' : names.map(unitNamed).find((unit) => unit !== undefined);
  if (told) {
    evidence.push({ member, text: `${column}: areas in ${told} as the name of the column says` });
    return { unit: told };
  }
  const units = cells.map((cell) => (typeof cell === 'string' ? readArea(cell)?.unit : undefined));
  if (cells.length > 0 && units.every((unit) => unit !== undefined)) {
    evidence.push({ member, text: `${column}: every value names its unit (${[...new Set(units)].join(', ')})` });
    return {};
  }
  questions.push({
    member: 'area_unit',
    text: `the unit of ${column} is not named; give area_unit: ${listed(Object.keys(areaUnits))} in the mapping`,
    choices: Object.keys(areaUnits),
  });
  return {};
}

function columnWanted(beginning: Beginning, field: 'contract_date' | 'price', alike: number[]): Question {
  const noun = field === 'price' ? 'prices' : 'contract dates';
  const several =
    alike.length > 1 ? `; those of ${alike.map((place) => shown(beginning, place)).join(' and ')} could be` : '';
  const example = `{"${field}": {"column": ${JSON.stringify(named(beginning, alike[0] ?? 0))}}}`;
  return {
    member: `fields.${field}`,
    text: `no column could be told to hold the ${noun}${several}; give fields.${field} in the mapping, such as {"fields": ${example}} with the other fields`,
    choices: alike.map((place) => beginning.columns[place] as string),
  };
}

/** How a mapping names a column: by its number where its name does not tell it from others. */
function named({ columns, named: byName }: Beginning, place: number): Column {
  const name = columns[place] as string;
  return byName && name !== '' && columns.indexOf(name) === columns.lastIndexOf(name) ? name : place + 1;
}

function shown(beginning: Beginning, place: number): string {
  const column = named(beginning, place);
  return typeof column === 'number' ? `column ${column}` : `"${column}"`;
}

function listed(choices: string[]): string {
  return choices
    .map((choice) => `"${choice}"`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}
