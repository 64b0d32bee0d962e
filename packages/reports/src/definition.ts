/** The definition of a custom report: blocks over the questions, as JSON. */
import {
  type AttributeName,
  attributes,
  filterParameters,
  InvalidQuestion,
  type Question,
  questions,
  type Unit,
  validate,
} from '@property-insights/analytics';
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Value } from 'typebox/value';
import { type Format, formats, isDate } from './document.ts';

const text = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, description });
const note = Type.Optional(text(500, 'A remark in small print.'));
const member = (description: string) =>
  Type.String({ minLength: 1, maxLength: 100, description: `${description} \`a.b\` is the member \`b\` of \`a\`.` });
const format = Type.Optional(
  Type.Enum([...formats], { description: 'How values are written; by default, as their type suggests.' }),
);

const parameters = Type.Optional(
  Type.Record(Type.String(), Type.Unknown(), {
    maxProperties: 40,
    description: 'Parameters of the question. They precede those of the report and of the request.',
  }),
);
const asked = {
  question: Type.Enum(
    questions.map(({ name }) => name),
    { description: 'The name of a question, as in `/api/analytics/NAME`.' },
  ),
  parameters,
};

const figure = Type.Object(
  { member: member('A member of the answer.'), title: text(80, 'Its name in the report.'), format, note },
  { additionalProperties: false },
);
const column = Type.Object(
  {
    member: member('A member of a row.'),
    title: Type.Optional(
      text(80, 'The head of the column; by default, the name of the member in the language of the report.'),
    ),
    format,
  },
  { additionalProperties: false },
);

/** The kinds of block, by `type`, or by `kind` for a chart. */
const blocks = {
  heading: Type.Object(
    { type: Type.Enum(['heading']), text: text(200, 'The heading.'), note },
    { additionalProperties: false },
  ),
  text: Type.Object(
    {
      type: Type.Enum(['text']),
      markdown: text(8000, 'Markdown. HTML in it stays text.'),
      style: Type.Optional(
        Type.Enum(['lead', 'body'], { default: 'body', description: 'lead: larger, to open a report.' }),
      ),
    },
    { additionalProperties: false },
  ),
  figures: Type.Object(
    { type: Type.Enum(['figures']), ...asked, figures: Type.Array(figure, { minItems: 1, maxItems: 5 }) },
    { additionalProperties: false },
  ),
  table: Type.Object(
    {
      type: Type.Enum(['table']),
      title: text(100, 'The title: the name of the sheet in a spreadsheet.'),
      name: Type.Optional(
        Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$', description: 'In CSV and JSON; by default, the question.' }),
      ),
      ...asked,
      list: Type.Optional(member('The list of the answer that becomes the rows; by default, that of its CSV form.')),
      columns: Type.Optional(
        Type.Array(column, { minItems: 1, maxItems: 30, description: 'By default, all members of a row.' }),
      ),
      shown: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, description: 'The number of rows in pages; at most 1,000.' }),
      ),
    },
    { additionalProperties: false },
  ),
  map: Type.Object(
    { type: Type.Enum(['map']), alt: text(500, 'What it shows, in words.'), parameters, note },
    { additionalProperties: false },
  ),
  lines: Type.Object(
    {
      type: Type.Enum(['chart']),
      kind: Type.Enum(['lines']),
      alt: text(500, 'What it shows, in words.'),
      question: Type.Enum(['trend', 'price-index']),
      parameters,
      note,
    },
    { additionalProperties: false },
  ),
  bars: Type.Object(
    {
      type: Type.Enum(['chart']),
      kind: Type.Enum(['bars']),
      alt: text(500, 'What it shows, in words.'),
      ...asked,
      list: Type.Optional(member('The list of the answer; by default, that of its CSV form.')),
      label: member('The member of a row that names a bar.'),
      value: member('The member of a row that is its length.'),
      format: Type.Optional(Type.Enum(['count', 'share', 'money'], { default: 'count' })),
      note,
    },
    { additionalProperties: false },
  ),
  spread: Type.Object(
    {
      type: Type.Enum(['chart']),
      kind: Type.Enum(['spread']),
      alt: text(500, 'What it shows, in words.'),
      title: text(80, 'The name of the line.'),
      parameters,
      note,
    },
    { additionalProperties: false },
  ),
} as const;
type Kind = keyof typeof blocks;
export type BlockOf<K extends Kind> = Static<(typeof blocks)[K]>;
export type BlockDefinition = { [K in Kind]: BlockOf<K> }[Kind];
const chartKinds = ['lines', 'bars', 'spread'];
const blockTypes = ['heading', 'text', 'figures', 'table', 'chart', 'map'];

const { market, ...filters } = filterParameters;
const head = {
  title: text(200, 'The title of the report.'),
  subtitle: Type.Optional(text(200, 'The line below the title.')),
  summary: Type.Optional(text(200, 'One line for the list of reports.')),
  market: Type.Optional(market),
  filters: Type.Optional(
    Type.Object(filters, {
      additionalProperties: false,
      description: 'Filters of all blocks. Those of a request precede them.',
    }),
  ),
};

/** The schema of a definition, for descriptions. `readDefinition` checks it, with sentences that name the member. */
export const definitionSchema = Type.Object(
  {
    ...head,
    blocks: Type.Array(Type.Unsafe<BlockDefinition>(Type.Union(Object.values(blocks))), { minItems: 1, maxItems: 50 }),
  },
  { additionalProperties: false },
);
export type Definition = Static<typeof definitionSchema>;

/** A definition is not valid. The message names the member, and states what is expected. Services answer 400. */
export class InvalidDefinition extends Error {
  override readonly name = 'InvalidDefinition';
}

const outline = Type.Object(
  { ...head, blocks: Type.Array(Type.Object({}), { minItems: 1, maxItems: 50 }) },
  { additionalProperties: false },
);

/** @throws InvalidDefinition */
export function readDefinition(value: unknown): Definition {
  check(outline, value, '');
  for (const [i, block] of value.blocks.entries()) checkBlock(block as Record<string, unknown>, `blocks[${i}]`);
  const definition = value as Definition;
  const names = definition.blocks.flatMap((block) => (block.type === 'table' ? [tableName(block)] : []));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new InvalidDefinition(`Two tables have the name "${twice}"; give each its own \`name\`.`);
  return definition;
}

/** The name of a table in CSV and JSON. */
export function tableName({ name, question }: BlockOf<'table'>): string {
  return name ?? question.replaceAll('-', '_');
}

function checkBlock(block: Record<string, unknown>, path: string): void {
  const { type, kind } = block;
  if (!blockTypes.includes(type as string)) throw notOneOf(`${path}.type`, blockTypes, type);
  if (type === 'chart' && !chartKinds.includes(kind as string)) throw notOneOf(`${path}.kind`, chartKinds, kind);
  check<TSchema>(blocks[(type === 'chart' ? kind : type) as Kind], block, path);
  checkQuestion(block as BlockDefinition, path);
}

function notOneOf(path: string, choices: string[], value: unknown): InvalidDefinition {
  return new InvalidDefinition(`${path} must be one of ${choices.join(', ')}, not ${quote(value)}.`);
}

/** The parameters and members of a block exist in its question. */
function checkQuestion(block: BlockDefinition, path: string): void {
  const question = questionOf(block);
  if (!question) return;
  const given = 'parameters' in block ? (block.parameters ?? {}) : {};
  if ('market' in given) {
    throw new InvalidDefinition(
      `${path}.parameters: all blocks are of one market, which \`market\` of the report states.`,
    );
  }
  try {
    validate(question.parameters, { ...required(block), ...given });
  } catch (error) {
    if (error instanceof InvalidQuestion) throw new InvalidDefinition(`${path}.parameters: ${error.message}`);
    throw error;
  }
  if (block.type === 'figures') {
    for (const [i, { member, format }] of block.figures.entries()) {
      checkFormat(valueAt(question.result, member, `${path}.figures[${i}].member`), format, `${path}.figures[${i}]`);
    }
  } else if (block.type === 'table') {
    const row = rowSchema(question, block.list, path);
    for (const [i, { member, format }] of (block.columns ?? []).entries()) {
      checkFormat(valueAt(row, member, `${path}.columns[${i}].member`), format, `${path}.columns[${i}]`);
    }
  } else if (block.type === 'chart' && block.kind === 'bars') {
    const row = rowSchema(question, block.list, path);
    valueAt(row, block.label, `${path}.label`);
    checkFormat(valueAt(row, block.value, `${path}.value`), block.format ?? 'count', `${path}.value`);
  }
}

/** The question that a block asks. */
export function questionOf(block: BlockDefinition): Question | undefined {
  if (block.type === 'heading' || block.type === 'text') return undefined;
  const name =
    block.type === 'map' ? 'map' : block.type === 'chart' && block.kind === 'spread' ? 'distribution' : block.question;
  return questions.find((each) => each.name === name);
}

/** The whole world. */
const everywhere = '-180,-90,180,90';

/** Parameters without which a kind of block cannot be drawn. */
export function required(block: BlockDefinition): Record<string, unknown> {
  if (block.type === 'map') return { bbox: everywhere, of: 'locality' };
  if (block.type === 'chart' && block.kind === 'spread') return { scale: 'log', bins: 40 };
  return {};
}

/** The parts of JSON schemas that lead to a member. */
interface Node {
  type?: string;
  'x-unit'?: Unit;
  format?: string;
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  enum?: unknown[];
}

/** The schema without `null`. */
function present({ anyOf, ...node }: Node): Node {
  return { ...node, ...anyOf?.find(({ type }) => type !== 'null') };
}

/** @throws InvalidDefinition if there is no such member, or if it is an object or a list */
function valueAt(schema: TSchema | Node, member: string, path: string): Node {
  const found = nodeAt(schema as Node, member, path);
  if (found.properties || found.items || found.type === 'object') {
    const names = Object.keys(found.properties ?? {}).map((name) => `${member}.${name}`);
    throw new InvalidDefinition(
      `${path}: "${member}" is ${found.items ? 'a list' : 'an object'}; name a member with one value${names.length > 0 ? `, such as ${names[0]}` : ''}.`,
    );
  }
  return found;
}

function nodeAt(schema: Node, member: string, path: string): Node {
  let node = present(schema);
  for (const name of member.split('.')) {
    const next = node.properties && Object.hasOwn(node.properties, name) ? node.properties[name] : undefined;
    if (!next) {
      const known = Object.keys(node.properties ?? {}).join(', ');
      throw new InvalidDefinition(`${path}: there is no member "${member}"${known ? `; there are ${known}` : ''}.`);
    }
    node = present(next);
  }
  return node;
}

/** @throws InvalidDefinition if the answer has no such list */
function rowSchema(question: Question, list: string | undefined, path: string): Node {
  const result = question.result as Node;
  const name = list ?? question.table;
  const found = name === undefined ? result : nodeAt(result, name, `${path}.list`);
  if (found.items?.properties) return found.items;
  const lists = Object.entries(result.properties ?? {}).flatMap(([each, node]) =>
    node.items?.properties ? [each] : [],
  );
  throw new InvalidDefinition(
    name === undefined
      ? `${path}: the answer to ${question.name} has no list of its own${lists.length > 0 ? `; set \`list\` to one of ${lists.join(', ')}` : ''}.`
      : `${path}.list: "${name}" of ${question.name} is not a list of rows.`,
  );
}

/** A column of a table, with its title and format. */
export interface ColumnDefinition {
  member: string;
  /** Undefined: the name of the member in the language of the report. */
  title?: string;
  format: Format;
}

/** The columns of a table: those of its definition, or the default ones. */
export function columnsOf(block: BlockOf<'table'>): ColumnDefinition[] {
  const row = rowSchema(questionOf(block) as Question, block.list, '');
  const members = block.columns ?? defaultColumns(row).map((member) => ({ member }));
  return members.map((column) => ({
    format: defaultFormat(block, nodeAt(row, column.member, ''), column.member),
    ...column,
  }));
}

/** All values of a row. Its ids are last: a page may have no room for the last columns. */
function defaultColumns(row: Node): string[] {
  const members = valuesOf(row);
  const isId = (member: string) => /(^|_)id$/.test(member);
  return [...members.filter((member) => !isId(member)), ...members.filter(isId)];
}

/** The format of a figure. */
export function formatOf(block: BlockOf<'figures'>, { member, format }: Static<typeof figure>): Format {
  return format ?? defaultFormat(block, nodeAt((questionOf(block) as Question).result as Node, member, ''), member);
}

/** The rows that a block shows, in the answer to its question. */
export function listOf(block: BlockOf<'table'> | BlockOf<'bars'>, answer: object): Record<string, unknown>[] {
  const path = (block.list ?? questionOf(block)?.table)?.split('.') ?? [];
  return path.reduce<unknown>((each, name) => (each as Record<string, unknown>)[name], answer) as [];
}

function valuesOf(node: Node, prefix = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, each]) => {
    const child = present(each);
    if (child.properties) return valuesOf(child, `${prefix}${name}.`);
    return child.items ? [] : [`${prefix}${name}`];
  });
}

/** Numbers that have no separators and no rounding. */
const plain = /(^|_)(id|latitude|longitude)$/;

/** What a measure of a distribution is in. */
const unitOfMeasure = (measure: unknown = 'price') => (String(measure).startsWith('price') ? 'currency' : undefined);

function defaultFormat(
  block: BlockOf<'table' | 'figures'>,
  { type, format, 'x-unit': stated }: Node,
  member: string,
): Format {
  const unit = stated === 'measure' ? unitOfMeasure(block.parameters?.of) : stated;
  if (type !== 'integer' && type !== 'number') return format === 'date' ? 'date' : 'text';
  const name = member.split('.').at(-1) ?? member;
  if (plain.test(name) || attributes[name as AttributeName]?.unit === 'year') return 'text';
  if (unit === 'currency') return 'money';
  if (type === 'integer') return 'count';
  return /(^|\.)change(_|\.|$)/.test(member) ? 'change' : 'number';
}

/** Text has no format for numbers, and numbers are not dates. */
function checkFormat({ type }: Node, format: Format | undefined, path: string): void {
  if (format === undefined || format === 'text') return;
  const isNumber = type === 'integer' || type === 'number';
  if (isNumber !== isDate(format)) return;
  throw new InvalidDefinition(
    isNumber
      ? `${path}.format must not be ${format}, because the values are numbers.`
      : `${path}.format must be text, date, month, quarter or year, because the values are not numbers.`,
  );
}

/** @throws InvalidDefinition for the first error, with the path of the member */
function check<S extends TSchema>(schema: S, value: unknown, path: string): asserts value is Static<S> {
  if (Value.Check(schema, value)) return;
  const { keyword, instancePath, schemaPath, params, message } = Value.Errors(
    schema,
    value,
  )[0] as TLocalizedValidationError;
  const below = instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  const where = `${path}${below}`.replace(/^\./, '') || 'The definition';
  const given = Value.Pointer.Get(value, instancePath);
  if (keyword === 'required') {
    throw new InvalidDefinition(`${where} must have the member ${params.requiredProperties.join(', ')}.`);
  }
  if (keyword === 'boolean') {
    const parent = Value.Pointer.Get(schema, schemaPath.slice(1, schemaPath.lastIndexOf('/'))) as TObject;
    throw new InvalidDefinition(
      `There is no member ${where}; known here are ${Object.keys(parent.properties).join(', ')}.`,
    );
  }
  if (keyword === 'enum') throw notOneOf(where, params.allowedValues as string[], given);
  throw new InvalidDefinition(`${where} ${message}; it is ${quote(given)}.`);
}

function quote(value: unknown): string {
  const written = JSON.stringify(value) ?? 'missing';
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}
