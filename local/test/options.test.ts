import { expect, test } from 'vitest';
import { readOptions } from '../src/options.ts';

const parse = (...args: string[]) => readOptions(args, '/project');

test('without options it listens on 8080, keeps its data in .data and makes the sample', () => {
  expect(parse()).toEqual({
    port: 8080,
    dataDirectory: '/project/.data',
    sample: true,
    taskCounts: {},
    synthesisOptions: { mailFrom: 'reports@localhost' },
    watch: false,
    recordRestore: false,
    logFormat: 'pretty',
    help: false,
  });
});

test('reads every option', () => {
  const args = [
    '--port',
    '9000',
    '--data-dir',
    '/data',
    '--no-sample',
    '--watch',
    '--record-restore',
    '--log-format',
    'json',
    '--caller-budget',
    '60',
    '--map-style',
    'https://maps.example.com/style.json',
  ];
  expect(parse(...args, '--tasks', 'analytical=2', '--tasks=reporting=3')).toEqual({
    port: 9000,
    dataDirectory: '/data',
    sample: false,
    taskCounts: { analytical: 2, reporting: 3 },
    synthesisOptions: {
      mailFrom: 'reports@localhost',
      callerBudget: '60',
      mapStyle: 'https://maps.example.com/style.json',
    },
    watch: true,
    recordRestore: true,
    logFormat: 'json',
    help: false,
  });
});

test.each([
  [['--port', 'http'], '--port must be a number from 1 to 65535, not http.'],
  [['--port', '70000'], '--port must be a number from 1 to 65535, not 70000.'],
  [['--tasks', 'analytical'], '--tasks must be a service and a number, such as analytical=2, not analytical.'],
  [['--caller-budget', '0'], '--caller-budget must be a number of seconds above 0, not 0.'],
  [['--log-format', 'xml'], '--log-format must be pretty or json, not xml.'],
  [['--colour'], "Unknown option '--colour'"],
  [['--datadir', '/data'], "Unknown option '--datadir'; the closest is '--data-dir'."],
])('%s is refused with a sentence', (args, message) => {
  expect(() => parse(...args)).toThrow(message);
});
