/** Regular expressions of the services take linear time, whatever a client sends. */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import jsTokens from 'js-tokens';
import { check } from 'recheck';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Expressions that may take longer, because their input is short. */
const boundedInput = new Set([
  // Up to 61 characters: `readArea`.
  String.raw`/^([-+\d][\d., '’\u00a0\u202f]*(?:e[-+]?\d+)?)\s*(\p{L}[\p{L}. ]*[2²]?)?$/iu`,
  // Up to 255 characters: `isDateFormat`.
  String.raw`/"[^"]*"|[\\_*].|\[[^\]]*\]/g`,
  // Up to 16 KB that PostgreSQL has written: `parseCsv`.
  String.raw`/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g`,
]);

const expressions = new Map<string, string>();
for (const file of globSync(['packages/*/src/**/*.ts', 'apps/{analytical,reporting}/src/**/*.ts'], { cwd: root })) {
  const code = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'));
  for (const { type, value } of jsTokens(code)) {
    if (type === 'RegularExpressionLiteral' && !boundedInput.has(value)) expressions.set(value, file);
  }
}

test('no regular expression of the services backtracks more than linearly', { timeout: 120_000 }, async () => {
  const slow: string[] = [];
  for (const [expression, file] of expressions) {
    const end = expression.lastIndexOf('/');
    const { status } = await check(expression.slice(1, end), expression.slice(end + 1), { timeout: 20_000 });
    if (status !== 'safe') slow.push(`${file}: ${expression} is ${status}`);
  }
  expect(expressions.size).toBeGreaterThan(100);
  expect(slow).toEqual([]);
});
