import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseOptions } from '../src/index.ts';

const options = { minutes: { type: 'string' }, seed: { type: 'string', short: 's' } } as const;

test('an option that is unknown is refused with the closest known one', () => {
  expect(parseOptions({ args: ['--minutes', '5'], options }).values.minutes).toBe('5');
  expect(() => parseOptions({ args: ['--minute', '5'], options })).toThrow(
    "Unknown option '--minute'; the closest is '--minutes'.",
  );
  expect(() => parseOptions({ args: ['-x'], options: {} })).toThrow("Unknown option '--x'; there are none.");
  expect(() => parseOptions({ args: ['--seed'], options })).toThrow("Option '-s, --seed <value>' argument missing");
});

const root = join(import.meta.dirname, '../../..');

test.each([
  ['benchmarks/src/main.ts', ['--sale', '5'], "'--sale'; the closest is '--sales'."],
  ['test/torture.ts', ['--minute', '1'], "'--minute'; the closest is '--minutes'."],
  ['infrastructure/src/smoke.ts', ['--ulr'], "'--ulr'; there are none."],
  ['infrastructure/src/preflight/main.ts', ['--contxt', 'stage=demo'], "'--contxt'; the closest is '--context'."],
  ['infrastructure/src/preflight/main.ts', ['-c', 'readaccess=token'], '"readaccess": the closest is "readAccess".'],
  ['infrastructure/src/cost/main.ts', ['--tabel'], "'--tabel'; the closest is '--table'."],
  ['infrastructure/src/cost/main.ts', ['-c', 'domainname=x.example'], 'the closest is "domainName".'],
  ['local/src/main.ts', ['--datadir', '/data'], "'--datadir'; the closest is '--data-dir'."],
  ['local/src/token.ts', ['--nmae', 'x'], "'--nmae'; the closest is '--name'."],
  ['apps/command-line/src/import.ts', ['--markt', 'x'], "'--markt'; the closest is '--market'."],
])('%s refuses %s', { timeout: 60_000 }, async (command, args, sentence) => {
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, [join(root, command), ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code, output: stdout + stderr }),
    );
  });
  expect(output).toContain(sentence);
  expect(output).not.toContain('    at ');
  expect([1, 2]).toContain(code);
});
