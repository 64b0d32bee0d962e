import type { ReportDocument, TableBlock } from '@property-insights/reports';
import { expect, test } from 'vitest';
import { bytesOf } from '../src/forms.ts';

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
  await expect(csv({ ...table, rest: { rows: 3, address: 'https://example.org/sales.csv' } })).rejects.toThrow(
    'The table "sales" has 5 rows, all of which are at https://example.org/sales.csv',
  );
});
