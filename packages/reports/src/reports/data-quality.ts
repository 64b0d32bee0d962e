/** The data quality: what is in the market, from where, and what is left out. */
import { filterParameters, quality } from '@property-insights/analytics';
import Type from 'typebox';
import { nameOf, typeName } from '../attributes.ts';
import { capital, heading, lead, tableOf, text } from '../blocks.ts';
import type { Block } from '../document.ts';
import { defineReport } from '../report.ts';
import { leftOutSentence } from './notes.ts';
import { filtersInWords } from './scope.ts';

/** Entries of each list. */
const limit = 25;

export const dataQuality = defineReport({
  name: 'data-quality',
  summary: 'What is in a market, from which source and under which licence, what is left out, and what is suspicious',
  example: {},
  parameters: Type.Object({ ...filterParameters }, { additionalProperties: false }),
  async write(context, filters) {
    const { ask, market, words, format } = context;
    const w = words.quality;
    const found = await ask(quality, { ...filters, limit });
    const { duplicates, outliers, gaps, left_out } = found;
    const count = (value: number) => format.text(value, 'count');
    const reasons = Object.entries(left_out.by_reason).map(([name, value]) => ({
      name: capital(words.leftOut.reasons[name] ?? name),
      value,
    }));
    const missing = found.missing
      .map(({ field, sales }) => ({ name: nameOf(field, words), sales, value: sales / found.sales }))
      .filter(({ sales }) => sales > 0)
      .sort((a, b) => b.sales - a.sales);
    const source = [market.attribution, market.licence].filter(Boolean).join(', ');
    // Not the first and last sale: single dates may be typing errors.
    const { from, to } = found.covered;
    const covered = from && to ? [w.covered(format.date(from), format.date(to))] : [];
    const blocks: Block[] = [
      lead(found.sales > 0 ? [w.lead(count(found.sales)), ...covered].join(' ') : words.empty.text),
      {
        type: 'figures',
        figures: [
          { name: 'sales', title: w.sales, value: found.sales, format: 'count' },
          { name: 'left_out', title: w.leftOut, value: left_out.count, format: 'count' },
          { name: 'duplicates', title: w.duplicates, value: duplicates.total, format: 'count' },
          {
            name: 'outliers',
            title: w.outliers,
            value: outliers.total,
            format: 'count',
            note: w.outliersNote(count(outliers.compared)),
          },
        ],
      },
      heading(w.source),
      text(source ? words.notes.source(source) : words.notes.noSource),
      heading(w.reasons, w.reasonsNote),
      ...(reasons.length > 0
        ? [
            {
              type: 'chart' as const,
              chart: { kind: 'bars' as const, format: 'count' as const, items: reasons },
              alt: w.reasonsAlt(reasons.map(({ name, value }) => `${name} ${count(value)}`).join(', ')),
            },
          ]
        : []),
      text(leftOutSentence(context, left_out)),
    ];
    if (left_out.set_aside) {
      blocks.push(heading(w.setAside), {
        type: 'table',
        name: 'set_aside',
        title: w.setAside,
        columns: [
          { name: 'reason', title: words.columns.reason, format: 'text' },
          { name: 'sales', title: words.columns.sales, format: 'count' },
        ],
        rows: Object.entries(left_out.set_aside),
      });
    }
    if (missing.length > 0) {
      // Attributes that a register does not have would be bars of 100 %, and more than the others.
      const partly = missing.filter(({ sales }) => sales < found.sales);
      const never = missing.filter(({ sales }) => sales === found.sales);
      blocks.push(
        heading(w.missing, partly.length > 0 ? w.missingNote : undefined),
        ...(partly.length > 0
          ? [
              {
                type: 'chart' as const,
                chart: {
                  kind: 'bars' as const,
                  format: 'share' as const,
                  items: partly.map(({ name, value }) => ({ name, value })),
                },
                alt: w.missingAlt(partly.map(({ name, value }) => `${name} ${format.text(value, 'share')}`).join(', ')),
              },
            ]
          : []),
        ...(never.length > 0 ? [text(w.statedByNone(format.list(never.map(({ name }) => name))))] : []),
        {
          type: 'table',
          name: 'missing',
          title: w.missing,
          columns: [
            { name: 'field', title: words.columns.field, format: 'text' },
            { name: 'sales', title: words.columns.missing, format: 'count' },
            { name: 'share', title: words.columns.share, format: 'share' },
          ],
          rows: [...partly, ...never].map(({ name, sales, value }) => [name, sales, value]),
          plot: { kind: 'bar', x: 'field', y: 'share', rows: partly.length },
          ...(partly.length > 0 && { shown: partly.length }),
          appendix: true,
        },
      );
    }
    if (outliers.sales.length > 0) {
      blocks.push(
        heading(w.outliersTable, w.outliersTableNote),
        tableOf(
          'outliers',
          w.outliersTable,
          [
            { name: 'address', title: words.columns.address, format: 'text' },
            { name: 'area', title: words.columns.area, format: 'text' },
            { name: 'type', title: words.columns.type, format: 'text' },
            { name: 'contract_date', title: words.columns.date, format: 'date' },
            { name: 'price', title: words.columns.price, format: 'money' },
            { name: 'typical_price', title: words.columns.typical, format: 'money' },
            { name: 'deviation', title: words.columns.deviation, format: 'number' },
          ],
          outliers.sales.map((sale) => ({ ...sale, type: sale.type && typeName(sale.type, words) })),
        ),
      );
    }
    if (duplicates.groups.length > 0) {
      blocks.push(
        heading(w.duplicatesTable, w.duplicatesNote),
        tableOf(
          'duplicates',
          w.duplicatesTable,
          [
            { name: 'address', title: words.columns.address, format: 'text' },
            { name: 'locality', title: words.columns.locality, format: 'text' },
            { name: 'contract_date', title: words.columns.date, format: 'date' },
            { name: 'price', title: words.columns.price, format: 'money' },
            { name: 'sales', title: words.columns.sales, format: 'count' },
          ],
          duplicates.groups,
        ),
      );
    }
    if (gaps.gaps.length > 0) {
      blocks.push(
        heading(w.gapsTable),
        tableOf(
          'gaps',
          w.gapsTable,
          [
            { name: 'from', title: words.columns.from, format: 'date' },
            { name: 'months', title: words.columns.months, format: 'count' },
          ],
          gaps.gaps,
        ),
      );
    }
    return { title: filtersInWords(filters, words) ?? market.name, subtitle: w.subtitle, blocks };
  },
});
