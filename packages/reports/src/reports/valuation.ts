/** The valuation: what a dwelling would sell for, from which sales, by which adjustments. */
import { estimate } from '@property-insights/analytics';
import type { Static } from 'typebox';
import { nameOf, titleOf, typeName, valueText } from '../attributes.ts';
import { heading, items, lead, optional, tableOf, text } from '../blocks.ts';
import type { Block, Value } from '../document.ts';
import { defineReport } from '../report.ts';

type Reason = Static<typeof estimate.result>['confidence']['coded_reasons'][number];

/** Comparables of the chart, which has room for them on the first page. The table has them all. */
const maxCharted = 12;

/** What the title states, and what says nothing to a reader. */
const omitted: ReadonlySet<string> = new Set([
  'property_id',
  'address',
  'street',
  'building',
  'latitude',
  'longitude',
  'approximate',
]);
const stated = Object.keys(estimate.result.properties.subject.properties).filter((name) => !omitted.has(name));

export const valuation = defineReport({
  name: 'valuation',
  summary: 'The price that a dwelling would sell for, with comparables, adjustments, range, method and limits',
  example: { address: '123 Green St, Sydney' },
  parameters: estimate.parameters,
  async write(context, parameters) {
    const { ask, words, format } = context;
    const w = words.valuation;
    const answer = await ask(estimate, parameters);
    const { subject, low, high, accuracy, baseline, confidence, comparables } = answer;
    const estimated = format.text(answer.estimate, 'estimate');
    const range: [number, number] | null = low === null || high === null ? null : [low, high];
    const written = (name: string, value: string | number) =>
      name === 'time' ? format.month(String(value)) : valueText(name, value, words, format);
    const count = (value: number) => format.text(value, 'count');
    const reasonText = (reason: Reason): string => {
      const r = w.reasonTexts;
      switch (reason.code) {
        case 'chosen_by_hand':
          return r.chosenByHand(count(reason.excluded), count(reason.included));
        case 'own_earlier_sale':
          return r.ownEarlierSale(format.date(reason.contract_date));
        case 'same_street':
          return r.sameStreet(count(reason.comparables), count(reason.in_street));
        case 'elsewhere_in_region':
          return r.elsewhere(count(reason.comparables));
        case 'rebuilt':
          return r.rebuilt;
        case 'newest_comparable':
          return r.newest(format.date(reason.contract_date), format.date(reason.valued_on));
        case 'adjusted_prices':
          return r.adjusted(format.range([reason.low, reason.high], 'estimate'));
        case 'price_model':
          return r.model(format.text(reason.price, 'estimate'), format.text(reason.weight, 'share'));
        case 'unknown_attributes':
          return r.unknown(format.list(reason.attributes.map((name) => nameOf(name, words))));
        case 'large_areas':
          return r.large(format.list(reason.areas.map((name) => nameOf(name, words))));
        case 'not_measured':
          return r.notMeasured;
        case 'held_out_coverage':
          return r.heldOut(count(reason.sales), format.text(reason.coverage, 'share'));
        case 'median_error':
          return r.medianError(format.text(reason.median_absolute_error, 'share'));
      }
    };
    const charted = comparables.slice(0, maxCharted);
    const cut =
      charted.length < comparables.length ? [words.firstMarks(count(charted.length), count(comparables.length))] : [];
    const blocks: Block[] = [
      lead(range ? w.lead(estimated, format.range(range, 'estimate')) : w.leadAlone(estimated)),
      {
        type: 'figures',
        figures: [
          { name: 'estimate', title: w.estimate, value: answer.estimate, format: 'estimate', ...(range && { range }) },
          {
            name: 'baseline',
            title: w.baseline,
            value: baseline.median,
            format: 'estimate',
            note: w.baselineNote(format.text(baseline.sales, 'count')),
          },
          {
            name: 'usual_error',
            title: w.accuracy,
            value: accuracy?.median_absolute_error ?? null,
            format: 'share',
            note: w.accuracyNote(format.text(accuracy?.sales ?? 0, 'count')),
          },
          { name: 'confidence', title: w.confidence, value: w.levels[confidence.level], format: 'text' },
        ],
      },
      {
        type: 'columns',
        columns: [
          [
            heading(w.subject),
            {
              type: 'table',
              name: 'subject',
              title: w.subject,
              columns: [
                { name: 'attribute', title: words.columns.attribute, format: 'text' },
                { name: 'value', title: words.columns.value, format: 'text' },
              ],
              rows: stated.flatMap((name) => {
                const value = optional(subject, name);
                return value === null ? [] : [[titleOf(name, words), written(name, value)]];
              }),
            },
          ],
          [heading(w.reasons), items(...confidence.coded_reasons.map(reasonText))],
        ],
      },
      heading(w.comparables, [w.chartNote, ...cut].join(' ')),
      {
        type: 'chart',
        alt: w.chartAlt(format.text(charted.length, 'count'), estimated),
        chart: {
          kind: 'comparables',
          estimate: answer.estimate,
          range,
          items: charted.map(({ address, price, adjusted_price }) => ({
            name: address,
            price,
            adjusted: adjusted_price,
          })),
        },
      },
      tableOf(
        'comparables',
        w.comparables,
        [
          { name: 'rank', title: words.columns.rank, format: 'count' },
          { name: 'address', title: words.columns.address, format: 'text' },
          { name: 'contract_date', title: words.columns.date, format: 'date' },
          { name: 'price', title: words.columns.price, format: 'money' },
          { name: 'adjusted_price', title: words.columns.adjusted, format: 'money' },
          { name: 'weight', title: words.columns.weight, format: 'share' },
        ],
        comparables,
      ),
    ];
    const steps = comparables.flatMap(({ rank, address, steps }) =>
      steps.map(({ name, from, to, factor, amount }): Value[] => [
        rank,
        address,
        w.steps[name] ?? titleOf(name, words),
        written(name, from),
        written(name, to),
        factor,
        amount,
      ]),
    );
    if (steps.length > 0) {
      blocks.push(heading(w.adjustments, w.adjustmentsNote), {
        type: 'table',
        name: 'adjustments',
        title: w.adjustments,
        columns: [
          { name: 'rank', title: words.columns.rank, format: 'count' },
          { name: 'address', title: words.columns.address, format: 'text' },
          { name: 'adjustment', title: words.columns.adjustment, format: 'text' },
          { name: 'from', title: words.columns.from, format: 'text' },
          { name: 'to', title: words.columns.to, format: 'text' },
          { name: 'factor', title: words.columns.factor, format: 'factor' },
          { name: 'amount', title: words.columns.amount, format: 'money' },
        ],
        rows: steps,
      });
    }
    const measured = accuracy && [
      w.accuracyText(
        format.text(accuracy.coverage, 'share'),
        format.text(accuracy.median_absolute_error, 'share'),
        format.text(accuracy.sales, 'count'),
        format.date(accuracy.from),
        format.date(accuracy.to),
      ),
    ];
    blocks.push(heading(w.method), text(...w.methodText, ...(measured ?? [])));
    const where = [subject.locality, subject.postcode].filter(Boolean).join(' ');
    return {
      title: subject.address ?? [subject.type && typeName(subject.type, words), where].filter(Boolean).join(', '),
      subtitle: w.subtitle(format.longDate(answer.valued_on)),
      blocks,
    };
  },
});
