/** Tables in JSON lines: each line is an object whose members are the columns. Nested members have paths (`address.street`). */
import { addRow, checkRowLength } from '../formats/add-row.ts';
import type { Batch } from '../formats/format.ts';
import { FileError, ValueError } from '../formats/format.ts';
import { lineBatches } from '../formats/text.ts';
import type { Cell } from './readings.ts';
import { type Beginning, beginningRows, type Table } from './table.ts';

/** Objects that are nested deeper stay JSON. */
const maxDepth = 5;
const maxColumns = 2_000;

/** The table in a file; undefined if its first line is not a JSON object. */
export async function jsonLinesTable(
  sample: Buffer,
  whole: boolean,
  content: AsyncIterable<Buffer>,
): Promise<Table | undefined> {
  const lines: string[] = [];
  async function* once() {
    yield sample;
  }
  for await (const batch of lineBatches(once())) for (const line of batch) lines.push(line);
  if (!whole && lines.length > 1) lines.pop();
  if (!isJsonLines(lines.join('\n'))) return undefined;
  const positions = new Map<string, number>();
  const objects: Map<string, Cell>[] = [];
  for (const line of lines.slice(0, beginningRows)) {
    const members = membersOf(line);
    if (!members) continue;
    objects.push(members);
    for (const name of members.keys()) if (!positions.has(name)) positions.set(name, positions.size);
    if (positions.size > maxColumns) throw new FileError(`its objects have more than ${maxColumns} different members`);
  }
  const columns = [...positions.keys()];
  const beginning: Beginning = {
    columns,
    named: true,
    rows: objects.map((members) => columns.map((name) => members.get(name) ?? '')),
    dialect: {},
    evidence: [
      {
        member: 'table',
        text: `JSON lines: ${objects.length} of the first ${Math.min(lines.length, beginningRows)} lines are objects, with ${columns.length} members`,
      },
    ],
  };
  return {
    kind: 'json-lines',
    beginning,
    async *read(sale) {
      let line = 0;
      for await (const batch of lineBatches(content)) {
        const result: Batch = { sales: [], rejects: [] };
        for (const text of batch) {
          line++;
          if (text.trim() === '') continue;
          const read = () => {
            checkRowLength(text.length);
            const members = membersOf(text);
            if (!members) throw new ValueError('no JSON object', 'this is not a JSON object');
            return sale(columns.map((name) => members.get(name) ?? ''));
          };
          addRow(result, read, () => ({ line, content: text, header: '' }));
        }
        yield result;
      }
    },
    async close() {},
  };
}

/** Whether the first line of a text is a JSON object. */
export function isJsonLines(text: string): boolean {
  const [line] = text.trimStart().split(/\r\n|\n|\r/, 1);
  return line?.startsWith('{') === true && membersOf(line) !== undefined;
}

/** The members of the object in a line, by their paths; undefined if the line is not an object. */
export function membersOf(line: string): Map<string, Cell> | undefined {
  try {
    const value = parseExactly(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const members = new Map<string, Cell>();
    add(members, value, '', 0);
    return members;
  } catch {
    // It is not JSON, or is nested too deep to be written again.
    return undefined;
  }
}

function add(members: Map<string, Cell>, object: object, path: string, depth: number): void {
  for (const [name, value] of Object.entries(object)) {
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && depth < maxDepth)
      add(members, value, `${path}${name}.`, depth + 1);
    else members.set(path + name, cell(value));
  }
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Keeps integers that JavaScript would round, such as long ids, as text. */
function parseExactly(line: string): unknown {
  if (!/\d{16}/.test(line)) return JSON.parse(line);
  const exactly = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? context?.source
      : value;
  return JSON.parse(line, exactly as Parameters<typeof JSON.parse>[1]);
}
