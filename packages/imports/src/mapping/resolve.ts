/** Completes a mapping. Missing members are inferred from the table, with evidence. Ambiguities become questions to the client. */
import { chooseColumns, chooseDetails, unchosenColumns, unitNamed } from './columns.ts';
import { type FieldName, fieldNames, fieldOf } from './fields.ts';
import { type Column, columnsOf, defaultMissing, type Mapping, type Source } from './mapping.ts';
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
import { cellOf, positionOf } from './sales.ts';
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

export interface Resolution {
  mapping: Mapping;
  /** The origin of the choice of columns. */
  origin: 'given' | 'remembered' | 'proposed';
  evidence: Evidence[];
  questions: Question[];
}

/**
 * @param given the mapping from the client, which has precedence
 * @param remembered the mapping last used for a table with these columns in this market
 * @throws FileError if a mapping names a column that the table lacks
 */
export function resolve(beginning: Beginning, given: Mapping = {}, remembered?: Mapping): Resolution {
  const mapping = { ...remembered, ...given };
  const missing = new Set(mapping.missing ?? defaultMissing);
  const origin = given.fields ? 'given' : remembered?.fields ? 'remembered' : 'proposed';
  const evidence = [...beginning.evidence];
  const questions: Question[] = [];

  let fields = mapping.fields;
  let details = mapping.details ?? [];
  if (!fields) {
    const cells = beginning.columns.map((_, index) =>
      beginning.rows.map((row) => row[index] ?? '').filter((cell) => cell !== '' && !missing.has(String(cell))),
    );
    const choices = chooseColumns(beginning, cells);
    fields = {};
    for (const { field, index, reason } of choices) {
      fields[field] = { column: named(beginning, index) };
      evidence.push({ member: `fields.${field}`, text: `taken from ${shown(beginning, index)} because of ${reason}` });
    }
    details =
      mapping.details ??
      chooseDetails(beginning, cells, new Set(choices.map(({ index }) => index))).map((index) =>
        named(beginning, index),
      );
    for (const field of ['contract_date', 'price'] as const) {
      if (!fields[field]) questions.push(columnWanted(beginning, field, unchosenColumns(field, cells, choices)));
    }
  }
  const index = (column: Column, member: string) => positionOf(column, beginning.columns, member);
  for (const column of details) index(column, 'details');
  if (mapping.fields) {
    for (const field of ['contract_date', 'price'] as const)
      if (!fields[field]) questions.push(columnWanted(beginning, field, []));
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

  const completed: Mapping['fields'] = {};
  const allValues = fieldNames.flatMap((name) => {
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
          .map((column) => shown(beginning, index(column, name)))
          .join(' and '),
      },
    ];
  });
  const context: Context = { mapping, allValues, evidence, questions };
  for (const values of allValues)
    completed[values.name] = { ...values.source, ...(values.column ? complete(values, context) : {}) };
  const { dialect } = beginning;
  return {
    mapping: {
      ...(Object.keys(dialect).length > 0 && { table: dialect }),
      ...(mapping.missing && { missing: mapping.missing }),
      fields: completed,
      ...(details.length > 0 && { details }),
    },
    origin,
    evidence,
    questions,
  };
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
  allValues: FieldValues[];
  evidence: Evidence[];
  questions: Question[];
}

function complete(values: FieldValues, context: Context): Partial<Source> {
  switch (fieldOf(values.name).kind) {
    case 'date':
      return completeDate(values, context);
    case 'area':
      return { ...completeNumber(values, context), ...completeArea(values, context) };
    case 'money':
    case 'number':
    case 'whole':
      return completeNumber(values, context);
    default:
      return {};
  }
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
  const { kind, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = fieldOf(name);
  for (const cell of cells) {
    if (typeof cell === 'number') {
      tally.readable++;
      tally.plain++;
      continue;
    }
    const readings =
      kind === 'money' ? readMoney(cell) : readNumber(kind === 'area' ? (readArea(cell)?.digits ?? '') : cell);
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

const markNames: Record<DecimalMark, string> = { '.': 'a point', ',': 'a comma' };

function completeNumber(
  { name, source, cells, column }: FieldValues,
  { mapping, allValues, evidence, questions }: Context,
): Partial<Source> {
  const member = `fields.${name}`;
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
  if (only['.'] === 0 && only[','] === 0) {
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
      : `"${example}" could be ${readNumber(example)['.']} or ${readNumber(example)[',']}`;
  questions.push({
    member: 'decimal',
    text: `the decimal mark in ${column} is ambiguous: ${conflict}; give decimal: "." or "," in the mapping`,
    choices: ['.', ','],
  });
  return {};
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

function columnWanted(beginning: Beginning, field: 'contract_date' | 'price', similar: number[]): Question {
  const noun = field === 'price' ? 'prices' : 'contract dates';
  const several =
    similar.length > 1 ? `; ${similar.map((index) => shown(beginning, index)).join(' and ')} could be` : '';
  const example = `{"${field}": {"column": ${JSON.stringify(named(beginning, similar[0] ?? 0))}}}`;
  return {
    member: `fields.${field}`,
    text: `no column could be identified as the ${noun}${several}; give fields.${field} in the mapping, such as {"fields": ${example}} with the other fields`,
    choices: similar.map((index) => beginning.columns[index] as string),
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
