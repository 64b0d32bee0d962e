/**
 * Tables in JSON: lines, or a list, of objects whose members are the columns. Nested members have paths (`address.street`). The columns of a feature of
 * GeoJSON are its properties and the coordinates of its point.
 */
import { addRow, checkRowLength } from '../formats/add-row.ts';
import type { Batch } from '../formats/format.ts';
import { FileError, ValueError } from '../formats/format.ts';
import { decoded, encodingOf, lineBatches } from '../formats/text.ts';
import { ListSplitter, listBegin, listLines } from './json-list.ts';
import type { Cell } from './readings.ts';
import { type Beginning, beginningRows, type Table } from './table.ts';

/** Objects that are nested deeper stay JSON. */
const maxDepth = 5;
const maxColumns = 2_000;

/** The table in a file; undefined if it is neither JSON lines nor a list of JSON objects. */
export async function jsonTable(
  sample: Buffer,
  whole: boolean,
  content: AsyncIterable<Buffer>,
): Promise<Table | undefined> {
  const encoding = encodingOf(sample);
  if (encoding.startsWith('utf-16')) {
    return jsonTable(Buffer.from(new TextDecoder(encoding).decode(sample)), whole, decoded(content, encoding));
  }
  const begin = listBegin(sample.toString('latin1'));
  if (begin === -1) return linesTable(sample, whole, content, 'line');
  return linesTable(new ListSplitter().split(sample.subarray(begin)), whole, listLines(content, begin), 'row');
}

/** @param unit what a line of the content is in the file */
async function linesTable(
  sample: Buffer,
  whole: boolean,
  content: AsyncIterable<Buffer>,
  unit: 'line' | 'row',
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
        text: `JSON: ${objects.length} of the first ${Math.min(lines.length, beginningRows)} ${unit}s are objects, with ${columns.length} members`,
      },
    ],
  };
  return {
    kind: 'json',
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
          addRow(result, read, () => ({ line, unit, content: text, header: '' }));
        }
        yield result;
      }
    },
    async close() {},
  };
}

/** Whether a file that begins with the text is a table in JSON. */
export function isJson(text: string): boolean {
  return listBegin(text) !== -1 || isJsonLines(text);
}

/** The first object of a table in JSON; undefined if it is cut. */
export function firstObject(text: string): Map<string, Cell> | undefined {
  const begin = listBegin(text);
  const lines = begin === -1 ? text : new ListSplitter().split(Buffer.from(text.slice(begin))).toString();
  return membersOf(lines.trimStart().split('\n', 1)[0] as string);
}

/** Whether the first line of a text is a JSON object. */
function isJsonLines(text: string): boolean {
  const [line] = text.trimStart().split(/\r\n|\n|\r/, 1);
  return line?.startsWith('{') === true && membersOf(line) !== undefined;
}

/** The members of the object in a line, by their paths; undefined if the line is not an object. */
export function membersOf(line: string): Map<string, Cell> | undefined {
  try {
    const value = parseExactly(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const members = new Map<string, Cell>();
    add(members, isFeature(value) ? columnsOfFeature(value) : value, '', 0);
    return members;
  } catch {
    // It is not JSON, or is nested too deep to be written again.
    return undefined;
  }
}

interface Feature {
  geometry?: { type?: unknown; coordinates?: unknown } | null;
  properties?: object | null;
}

function isFeature(value: object): value is Feature {
  return 'type' in value && value.type === 'Feature' && 'properties' in value && typeof value.properties === 'object';
}

/** The properties of a feature of GeoJSON and, if it is a point, `geometry.longitude` and `geometry.latitude`, in WGS 84 (RFC 7946). */
function columnsOfFeature({ geometry, properties }: Feature): object {
  const [longitude, latitude]: unknown[] =
    geometry?.type === 'Point' && Array.isArray(geometry.coordinates) ? geometry.coordinates : [];
  const isPoint = typeof longitude === 'number' && typeof latitude === 'number';
  return { ...(isPoint && { geometry: { longitude, latitude } }), ...properties };
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
