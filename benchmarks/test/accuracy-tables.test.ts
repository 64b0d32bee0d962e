import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tables, withRows } from '../src/accuracy-tables.ts';
import { markets } from '../src/estimates.ts';

const text = `Before.

| months of a market | model | sales | error |
|---|---|---|---|
| A | estimate | 1,000 | 3 |
| A | trees | 1,000 | 4 |
| B | estimate | 20 | 5 |

After.`;

describe('the rows of a market', () => {
  test('replace those that the table has', () => {
    const rows = [{ model: 'estimate', sales: 1234, figures: ['2.95', 8] }];
    const written = withRows(text, tables.models, 'A', rows);
    expect(written).toBe(text.replace(/\| A \| estimate.*\n.*\n/, '| A | estimate | 1,234 | 2.95 | 8 |\n'));
  });

  test('are added to the end of the table, and no other text changes', () => {
    const written = withRows(text, tables.models, 'C', [{ model: 'estimate', sales: 7, figures: [6] }]);
    expect(written).toBe(text.replace('| 5 |\n', '| 5 |\n| C | estimate | 7 | 6 |\n'));
  });

  test('are refused without the table', () => {
    expect(() => withRows(text, tables.groups, 'A', [])).toThrow('There is no table');
  });
});

test.each(markets)('docs/valuation.md has the rows of $title', ({ title }) => {
  const documentation = readFileSync(new URL('../../docs/valuation.md', import.meta.url), 'utf8');
  for (const model of ['estimate', 'plain trees', 'good trees']) {
    expect(documentation).toContain(`\n| ${title} | ${model} | `);
  }
  // As the benchmark would write it again.
  const rows = documentation
    .split('\n')
    .filter((line) => line.startsWith(`| ${title} |`) && / (estimate|plain trees|good trees) /.test(line))
    .map((line) => line.slice(2, -2).split(' | '))
    .map(([, model, sales, ...figures]) => ({
      model: model as string,
      sales: Number((sales as string).replaceAll(',', '')),
      figures,
    }));
  expect(withRows(documentation, tables.models, title, rows)).toBe(documentation);
});
