/** The lists in the documentation that have to be complete. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { questions } from '@property-insights/analytics';
import { attributeNames } from '@property-insights/database';
import { formats } from '@property-insights/imports';
import { expect, test } from 'vitest';

const pages = join(import.meta.dirname, '..');

/** The first cells of the table rows of a page. */
function rows(page: string): string {
  return readFileSync(join(pages, page), 'utf8')
    .split('\n')
    .flatMap((line) => /^\|([^|]+)\|/.exec(line)?.[1] ?? [])
    .join('\n');
}

test.each(questions.map(({ name }) => name))('README.md lists the question %s', (name) => {
  const message = `Add "${name}" to the table of requests in README.md, in backticks or as /api/analytics/${name}.`;
  expect(rows('README.md'), message).toMatch(new RegExp(`[\`/]${name}[\`?]`));
});

test.each(formats.map(({ name }) => name))('docs/import-formats.md lists the format %s', (name) => {
  expect(rows('docs/import-formats.md'), `Add a row for \`${name}\` to the table in docs/import-formats.md.`).toContain(
    `\`${name}\``,
  );
});

test.each(attributeNames)('docs/import-formats.md lists the column of the attribute %s', (name) => {
  expect(rows('docs/import-formats.md'), `Add \`${name}\` to the columns in docs/import-formats.md.`).toContain(
    `\`${name}\``,
  );
});
