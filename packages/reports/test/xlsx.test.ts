/** Workbooks, read without the library that writes them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readXlsxFile from 'read-excel-file/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureMarket } from '../../analytics/test/fixture-market.ts';
import { isDate } from '../src/document.ts';
import { type ReportDocument, reports, tablesOf } from '../src/index.ts';
import { clean } from '../src/render/clean.ts';
import { render } from '../src/render/render.ts';
import { documentOf } from './fixture.ts';
import { parameters, sales } from './sales.ts';

const directory = mkdtempSync(join(tmpdir(), 'reports-'));
afterAll(() => rmSync(directory, { recursive: true }));

const market = fixtureMarket();
const documents = new Map<string, ReportDocument>();

beforeAll(async () => {
  market.write(sales());
  const store = await market.store();
  for (const { name } of reports) {
    const document = await documentOf(store, name, parameters[name]);
    documents.set(name, document);
    writeFileSync(join(directory, `${name}.xlsx`), await render(document, { kind: 'xlsx' }));
  }
}, 60_000);

/** A part of a workbook. */
function part(name: string, path: string): string {
  return execFileSync('unzip', ['-p', join(directory, `${name}.xlsx`), path], { encoding: 'utf8' });
}

describe.skipIf(spawnSync('unzip', ['-v']).error !== undefined).each(reports.map(({ name }) => name))(
  '%s as XLSX',
  (name) => {
    test('has each cell of each table, as number, day or text', async () => {
      const [, ...sheets] = await readXlsxFile(join(directory, `${name}.xlsx`));
      const tables = tablesOf(documents.get(name) as ReportDocument);
      expect(sheets).toHaveLength(tables.length);
      for (const [i, { columns, rows }] of tables.entries()) {
        const [head, ...written] = sheets[i]?.data ?? [];
        expect(head).toEqual(columns.map(({ title }) => title));
        expect(written).toEqual(
          rows.map((row) =>
            row.map((value, k) => {
              if (typeof value !== 'string') return value;
              return isDate(columns[k]?.format ?? 'text') ? new Date(value) : clean(value);
            }),
          ),
        );
      }
    });

    test('has a frozen head and room for its texts in each sheet of a table', () => {
      for (const [i, { columns, rows }] of tablesOf(documents.get(name) as ReportDocument).entries()) {
        const sheet = part(name, `xl/worksheets/sheet${i + 2}.xml`);
        expect(sheet).toMatch(/<pane [^>]*ySplit="1"[^>]*state="frozen"/);
        const widths = [...sheet.matchAll(/<col [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
        for (const [k, { format }] of columns.entries()) {
          const longest = Math.max(
            0,
            ...rows.map(({ [k]: value }) => (format === 'text' ? String(value ?? '').length : 0)),
          );
          expect(widths[k]).toBeGreaterThan(Math.min(longest, 59));
        }
      }
    });

    test('has no formula', () => {
      const count = tablesOf(documents.get(name) as ReportDocument).length + 1;
      for (let i = 1; i <= count; i++) expect(part(name, `xl/worksheets/sheet${i}.xml`)).not.toContain('<f>');
    });

    test('has the same bytes again', async () => {
      const [first, second] = await Promise.all(
        [1, 2].map(() => render(documents.get(name) as ReportDocument, { kind: 'xlsx' })),
      );
      expect(Buffer.compare(first as Uint8Array, second as Uint8Array)).toBe(0);
    });
  },
);

test('names of sheets are those that Excel accepts', async () => {
  const [table] = tablesOf(documents.get('data-quality') as ReportDocument);
  if (!table) throw new Error('The report has no table.');
  const titles = ['[]', "'", 'History', 'Areas', 'AREAS', `${'x'.repeat(27)}🏠`];
  const blocks = titles.map((title, i) => ({ ...table, title, name: `table${i}` }));
  const document = { ...(documents.get('data-quality') as ReportDocument), blocks };
  const workbook = await readXlsxFile(Buffer.from(await render(document, { kind: 'xlsx' })));
  const names = workbook.slice(1).map(({ sheet }) => sheet);
  expect(names).toEqual(['2', '3', 'History 2', 'Areas', 'AREAS 2', `${'x'.repeat(27)}\ufffd`]);
});

test.skipIf(spawnSync('unzip', ['-v']).error !== undefined)(
  'the market report has native charts of its periods',
  () => {
    expect(part('market-report', 'xl/charts/chart1.xml')).toContain('<c:chartSpace');
    const charts = [1, 2, 3].map((i) => part('market-report', `xl/charts/chart${i}.xml`)).join('');
    expect(charts).toContain('<c:lineChart>');
    expect(charts).toMatch(/<c:f>'Price by month of contract'!\$E\$2:\$E\$19<\/c:f>/);
  },
);
