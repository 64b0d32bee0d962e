import type { ReportDocument, TableBlock } from '@property-insights/reports';
import { expect, test } from 'vitest';
import { bytesOf } from '../src/forms.ts';
import { longTablesOf } from '../src/long-tables.ts';
import { page } from '../src/page.ts';

test('CSV of a table that the document has in part is refused with the address of all rows', async () => {
  const table: TableBlock = { type: 'table', name: 'sales', title: 'Sales', columns: [], rows: [[], []] };
  const csv = (block: TableBlock) =>
    bytesOf(
      { blocks: [block] } as unknown as ReportDocument,
      'csv',
      { table: undefined, paper: 'a4' },
      undefined as never,
    );
  await expect(csv(table)).resolves.toBeInstanceOf(Buffer);
  await expect(
    csv({ ...table, rest: { rows: 3, address: 'https://example.org/sales.csv', parameters: {} } }),
  ).rejects.toThrow('The table "sales" has 5 rows, all of which are at https://example.org/sales.csv');
});

test('a table with more rows than a sheet of Excel is refused with the way out', () => {
  const documentOf = (rows: number) => {
    const rest = { rows, address: 'https://example.org/sales.csv', parameters: {} };
    const table: TableBlock = { type: 'table', name: 'sales', title: 'Sales', columns: [], rows: [[]], rest };
    return { blocks: [table] } as unknown as ReportDocument;
  };
  expect(longTablesOf(documentOf(1_048_574))).toEqual([{ position: 0, columns: [], parameters: {} }]);
  expect(() => longTablesOf(documentOf(1_048_575))).toThrow(
    'The table "sales" has 1048576 rows, and a sheet of Excel at most 1048575 below its head. Limit the report, such as by sold_from, or read all rows as CSV from https://example.org/sales.csv',
  );
});

test('the title of a page is text, also if it is the name of a part of the page', () => {
  const html = page('Reports by e-mail: {{content}}', '<form></form>');
  expect(html).toContain('<title>Reports by e-mail: {{content}}');
  expect(html.match(/<form>/g)).toHaveLength(1);
});
