import { expect, test } from 'vitest';
import { type LogFormat, Logs, postgresLog } from '../src/logs.ts';

function collect(format: LogFormat, colours = false) {
  const lines: string[] = [];
  const logs = new Logs({ format, colours, write: (text) => lines.push(...text.trimEnd().split('\n')) });
  return { lines, logs };
}

const record = {
  level: 40,
  time: 1_700_000_000_123,
  pid: 7,
  hostname: 'h',
  service: 'analytical',
  msg: 'slow',
  ms: 12,
};

test('a JSON line becomes one readable line with time, source, level, message and details', () => {
  const { lines, logs } = collect('pretty');
  logs.source('analytical-1').line(JSON.stringify(record));
  expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d\.123 analytical-1 warn {2}slow ms=12$/)]);
});

test('each line of a stack trace has its source', () => {
  const { lines, logs } = collect('pretty');
  logs.source('reporting-1').line(JSON.stringify({ ...record, err: { stack: 'Error: no\n    at here' } }));
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toContain(' reporting-1  warn ');
});

test('raw JSON lines keep everything and gain their source', () => {
  const { lines, logs } = collect('json');
  logs.source('analytical-1').line(JSON.stringify(record));
  logs.source('local').info('hello');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { source: 'analytical-1', ...record },
    { source: 'local', level: 30, time: expect.any(Number), msg: 'hello' },
  ]);
});

test('metrics for CloudWatch are in the raw JSON, and not in the readable log', () => {
  const line = JSON.stringify({ level: 30, time: 1, service: 'analytical', _aws: { Timestamp: 1 }, CacheHits: 3 });
  const [pretty, json] = [collect('pretty'), collect('json')];
  pretty.logs.source('analytical-1').line(line);
  json.logs.source('analytical-1').line(line);
  expect(pretty.lines).toEqual([]);
  expect(JSON.parse(json.lines[0] ?? '')).toMatchObject({ source: 'analytical-1', CacheHits: 3 });
});

test('a line that is no JSON is a message', () => {
  const { lines, logs } = collect('pretty');
  logs.source('migrator').line('{not json');
  expect(lines[0]).toMatch(/migrator +info +\{not json$/);
});

test('colours are optional', () => {
  const [plain, colourful] = [collect('pretty'), collect('pretty', true)];
  for (const { logs } of [plain, colourful]) logs.source('local').error('no');
  expect(plain.lines[0]).not.toContain('\u001b');
  expect(colourful.lines[0]).toContain('\u001b[31merror\u001b[0m');
});

test('an announcement stands alone on its line', () => {
  const { lines, logs } = collect('pretty');
  logs.announce('Property Insights is ready on http://localhost:8080');
  expect(lines).toEqual(['Property Insights is ready on http://localhost:8080']);
});

test("Each line of PostgreSQL's log has its level, and continuation lines keep it", () => {
  const { lines, logs } = collect('json');
  const line = postgresLog(logs.source('database'));
  line('1700000000.123 LOG:  database system is ready to accept connections');
  line('1700000000.124 FATAL:  password authentication failed for user "x"');
  line('1700000000.124 DETAIL:  Role "x" does not exist.');
  line('\tgoes on');
  expect(lines.map((text) => JSON.parse(text))).toMatchObject([
    { level: 30, time: 1_700_000_000_123, msg: 'database system is ready to accept connections' },
    { level: 50, msg: 'password authentication failed for user "x"' },
    { level: 50, msg: 'detail: Role "x" does not exist.' },
    { level: 50, msg: 'goes on' },
  ]);
});
