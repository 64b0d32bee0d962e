/** The property summary: the properties of each region, type or locality, with their sales and prices. */
import { propertyDetails, summary } from '@property-insights/analytics';
import { typeName } from '../attributes.ts';
import { lead, optional } from '../blocks.ts';
import type { Column } from '../document.ts';
import { defineReport } from '../report.ts';
import { notes } from './notes.ts';
import { filtersInWords } from './scope.ts';

export const propertySummaryReport = defineReport({
  name: 'property-summary',
  summary: 'Properties, sales and prices by region, type or locality',
  example: {},
  parameters: propertyDetails.parameters,
  async write(context, { by = 'region', ...filters }) {
    const { ask, market, words, format } = context;
    const figures = await ask(summary, filters);
    const rows = await ask(propertyDetails, { ...filters, by });
    const w = words.columns;
    const columns: Column[] = [
      { name: by, title: words.levels[by], format: 'text' },
      ...(by === 'locality' ? [{ name: 'region', title: w.region, format: 'text' } as const] : []),
      { name: 'property_count', title: w.properties, format: 'count' },
      { name: 'sales', title: w.sales, format: 'count' },
      { name: 'median_price', title: w.median, format: 'money' },
      { name: 'total_value', title: w.total, format: 'money' },
      { name: 'change', title: w.change, format: 'change' },
    ];
    const valueIn = (row: object, name: string) => {
      const value = optional(row, name);
      return name === 'type' && typeof value === 'string' ? typeName(value, words) : value;
    };
    const shown = columns.filter(({ name }) => rows.some((row) => optional(row, name) !== null));
    const title = filtersInWords(filters, words) ?? market.name;
    const rest = notes(context, { first: figures.first_sale, last: figures.last_sale, leftOut: figures.left_out });
    const subtitle = words.summary.subtitle[by];
    if (rows.length === 0) return { title, subtitle, blocks: [lead(words.empty.text), ...rest] };
    return {
      title,
      subtitle,
      blocks: [
        lead(words.summary.lead(format.text(figures.total_properties, 'count'), format.text(figures.sales, 'count'))),
        {
          type: 'table',
          name: 'properties',
          title: subtitle,
          columns: shown,
          rows: rows.map((row) => shown.map(({ name }) => valueIn(row, name))),
        },
        ...rest,
      ],
    };
  },
});
