/** PDF as other programs read it. The checks by poppler and qpdf are skipped where they are not installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureMarket } from '../../analytics/test/fixture-market.ts';
import { type Column, simpleBlocks } from '../src/document.ts';
import { Formatter } from '../src/format.ts';
import { Renderer, type ReportDocument, reports, tablesOf } from '../src/index.ts';
import { render } from '../src/render/render.ts';
import { labelsOf } from './chart-marks.ts';
import { documentOf } from './fixture.ts';
import { hostile, parameters, sales } from './sales.ts';

const withoutPoppler = spawnSync('pdftotext', ['-v']).error !== undefined;
const withoutQpdf = spawnSync('qpdf', ['--version']).error !== undefined;

const directory = mkdtempSync(join(tmpdir(), 'reports-'));
afterAll(() => rmSync(directory, { recursive: true }));

const market = fixtureMarket();
const documents = new Map<string, ReportDocument>();
const files = new Map<string, string>();

beforeAll(async () => {
  market.write(sales());
  const store = await market.store();
  for (const { name } of reports) {
    const document = await documentOf(store, name, parameters[name]);
    documents.set(name, document);
    const path = join(directory, `${name}.pdf`);
    writeFileSync(path, await render(document, { kind: 'pdf', paper: 'a4' }));
    files.set(name, path);
  }
}, 120_000);

/** What pdftotext reads, without the break opportunities that the lines of tables have. */
function textOf(name: string, order: '-layout' | '-raw' = '-layout'): string {
  const text = execFileSync('pdftotext', [order, files.get(name) as string, '-'], { encoding: 'utf8' });
  return text.replaceAll('\u200b', '').replace(/\s+/g, ' ');
}

describe.each(reports.map(({ name }) => name))('%s as PDF', (name) => {
  test.skipIf(withoutQpdf)('is valid', () => {
    const { stdout } = spawnSync('qpdf', ['--check', files.get(name) as string], { encoding: 'utf8' });
    expect(stdout).toContain('No syntax or stream encoding errors found');
  });

  test.skipIf(withoutPoppler)('is tagged, and embeds its fonts, none of which is of the system', () => {
    const path = files.get(name) as string;
    expect(execFileSync('pdfinfo', [path], { encoding: 'utf8' })).toMatch(
      /Tagged: +yes.*Page size: +595.276 x 841.89/s,
    );
    const [, , ...fonts] = execFileSync('pdffonts', [path], { encoding: 'utf8' }).trim().split('\n');
    expect(fonts.length).toBeGreaterThan(0);
    for (const font of fonts) expect(font).toMatch(/^[A-Z]{6}\+(Inter|SourceSerif4|Noto)\S* +.* yes yes yes /);
  });

  test.skipIf(withoutPoppler)('has each row of its tables in order, and each label of its charts', () => {
    const text = textOf(name, '-raw').replaceAll(' ', '');
    const document = documents.get(name) as ReportDocument;
    const format = new Formatter('en', 'AUD');
    const [body = [], appendix = []] = [false, true].map((isLast) =>
      tablesOf(document).filter((table) => (table.appendix ?? false) === isLast),
    );
    let at = 0;
    for (const { columns, rows, shown } of [...body, ...appendix]) {
      for (const row of rows.slice(0, shown)) {
        // Names in several scripts are tested below.
        const cells = row.map((value, i) => format.text(value, (columns[i] as Column).format).replace(/\s/g, ''));
        const parts = cells.join('\n').split(/(?:[^\n]*[^\n -~–−→≈€£][^\n]*)/u);
        for (const part of parts.map((each) => each.replaceAll('\n', ''))) {
          const found = text.indexOf(part, at);
          expect(found, `${part} after ${text.slice(at, at + 80)}`).toBeGreaterThanOrEqual(at);
          at = found + part.length;
        }
      }
    }
    const labels = simpleBlocks(document.blocks).flatMap((block) =>
      block.type === 'chart' ? labelsOf(block.chart) : [],
    );
    for (const label of labels) expect(text).toContain(label.replace(/\s/g, ''));
    expect(text).toContain('RegisterofTests,CCBY4.0.Dataversion3of1July2024');
    expect(text).toMatch(/Page1of\d/);
  });
});

test.skipIf(withoutPoppler)('hostile names are text, and characters without a glyph become squares', () => {
  const text = textOf('property-summary', '-raw').replaceAll(' ', '');
  const [formula = '', markup = '', typst = '', , , emoji = '', long = ''] = hostile;
  for (const name of [formula, markup, typst, long]) expect(text).toContain(name.replaceAll(' ', ''));
  for (const part of ['東京都', '서울', 'กรุงเทพ']) expect(text).toContain(part);
  // From right to left: the town is left of the number.
  const words = execFileSync('pdftotext', ['-bbox', files.get('property-summary') as string, '-'], {
    encoding: 'utf8',
  });
  const [town, number] = ['Cairo', '12'].map((word) =>
    Number(new RegExp(`xMin="([\\d.]+)"[^>]*>${word}<`).exec(words)?.[1]),
  );
  expect(town).toBeLessThan(number as number);
  expect(text).toContain(Array.from(emoji)[0]);
  expect(text).toContain('□');
});

/** A copy of the property summary, and its table. */
function areasTable() {
  const document = structuredClone(documents.get('property-summary') as ReportDocument);
  const [table] = tablesOf(document);
  if (!table) throw new Error('The report has no table.');
  return { document, table };
}

test.skipIf(withoutPoppler)(
  'a table has room for the names of ten columns, and leaves out those that the page has no room for',
  async () => {
    const { document, table } = areasTable();
    const money = Array.from({ length: 8 }, (_, i) => ({
      name: `m${i}`,
      title: `Change in ${i} years`,
      format: 'money' as const,
    }));
    table.columns = [...table.columns.slice(0, 2), ...money];
    table.rows = [['Parramatta', 'NSW', ...money.map((_, i) => 1_000_000 + i)]];
    const path = join(directory, 'wide.pdf');
    writeFileSync(path, await render(document, { kind: 'pdf', paper: 'a4' }));
    const words = execFileSync('pdftotext', ['-bbox', path, '-'], { encoding: 'utf8' });
    const ends = [
      ...words.matchAll(/xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(Parramatta|NSW|\$1,000,00\d)</g),
    ];
    expect(ends).toHaveLength(10);
    for (const [i, [, left]] of ends.slice(1).entries()) expect(Number(left)).toBeGreaterThan(Number(ends[i]?.[2]));
    table.columns = [...table.columns, ...money.map((column) => ({ ...column, title: `Another ${column.title}` }))];
    table.rows = table.rows.map((row) => [...row, ...money.map((_, i) => 2_000_000 + i)]);
    writeFileSync(path, await render(document, { kind: 'pdf', paper: 'a4' }));
    const text = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
    expect(text).toContain('$1,000,007');
    expect(text).not.toContain('$2,000,007');
    expect(text).toMatch(/Without room on this page: .*Another Change in 7\s+years\./s);
  },
);

test('has the same bytes in another thread, and on other paper other ones', async () => {
  const document = documents.get('data-quality') as ReportDocument;
  const renderer = new Renderer();
  const [again, letter] = await Promise.all([
    renderer.render(document, { kind: 'pdf', paper: 'a4' }),
    renderer.render(document, { kind: 'pdf', paper: 'letter' }),
  ]);
  await renderer.close();
  const first = await render(document, { kind: 'pdf', paper: 'a4' });
  expect(Buffer.compare(again, first)).toBe(0);
  expect(Buffer.compare(letter, first)).not.toBe(0);
});

test.skipIf(withoutPoppler)(
  'a table of 10,000 areas ends after 1,000 rows with the number and the address of the others',
  async () => {
    const { document, table } = areasTable();
    table.rows = Array.from({ length: 10_000 }, (_, i) =>
      table.columns.map(({ format }) => (format === 'text' ? `Area ${i}` : i)),
    );
    const path = join(directory, 'long.pdf');
    writeFileSync(path, await render(document, { kind: 'pdf', paper: 'a4' }));
    files.set('long', path);
    const text = textOf('long', '-raw');
    expect(text).toContain('Area 999 ');
    expect(text).not.toContain('Area 1000 ');
    expect(text.replaceAll(' ', '')).toContain(
      '9,000morerowsareinthespreadsheetandtheCSVformofthisreport:https://example.org/reporting/property-summary.xlsx?',
    );
  },
);
