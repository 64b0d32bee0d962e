import Type from 'typebox';
import type { Connection } from '../connection.ts';
import type { Market } from '../market.ts';
import { defineQuestion } from '../question.ts';
import { figure, heading, marketHeading } from '../statistics.ts';
import { brought } from '../valuation/calibrate.ts';
import {
  type Compared,
  comparableSchema,
  compareSubject,
  digits,
  indexOf,
  indexSchema,
  rowOf,
} from '../valuation/compared.ts';
import { appraise, usualWeighing } from '../valuation/estimate-value.ts';
import { salesBefore } from '../valuation/market-valuation.ts';
import { subjectParameters, subjectSchema } from '../valuation/subject.ts';

const accuracy = Type.Object(
  {
    sales: Type.Integer({ description: 'Held out: neither their prices nor later ones were used to estimate them.' }),
    from: Type.String({ format: 'date', description: 'They were sold from this day on,' }),
    to: Type.String({ format: 'date', description: 'and before this one.' }),
    coverage: Type.Number({ description: 'The part of them that sold within their 80 % range.' }),
    median_absolute_error: Type.Number({ description: 'Of their estimates, as a fraction of the price.' }),
    baseline_median_absolute_error: figure(
      'Of the median of their locality and type instead, brought to the same date.',
    ),
    median_range: Type.Number({ description: 'Width of the range, as a fraction of the estimate.' }),
  },
  { description: 'How good estimates in this market are, on sales held out.' },
);

/** What a dwelling would sell for. */
export const estimate = defineQuestion({
  name: 'estimate',
  summary: 'What a dwelling would sell for, with a range that holds in 80 % of cases, and why',
  about:
    "The weighted mean of the adjusted prices of its comparables. The range is calibrated by split conformal prediction on sales held out from this market (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018): `accuracy` tells how often it held, and how far estimates were off.",
  example: { address: '123 Green St, Sydney' },
  parameters: Type.Object(subjectParameters, { additionalProperties: false }),
  result: Type.Object({
    market: marketHeading,
    subject: subjectSchema,
    valued_on: Type.String({ format: 'date' }),
    estimate: Type.Integer({ description: 'In whole currency units.' }),
    low: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Lower end of the 80 % range; null like the upper where too few sales can be held out to know it.',
    }),
    high: Type.Union([Type.Integer(), Type.Null()], { description: 'Upper end.' }),
    confidence: Type.Object({
      level: Type.Enum(['high', 'medium', 'low'], {
        description: 'high: the range is at most 30 % of the estimate wide; medium: at most 60 %.',
      }),
      reasons: Type.Array(Type.String()),
    }),
    baseline: Type.Object(
      { median: figure('null without such sales.'), sales: Type.Integer() },
      { description: 'Of sales of the type in the locality over the year before, brought to the same date.' },
    ),
    accuracy: Type.Union([accuracy, Type.Null()], { description: 'null where too few sales can be held out.' }),
    index: indexSchema,
    comparables: Type.Array(
      Type.Object({ ...comparableSchema.properties, weight: Type.Number({ description: 'They sum to 1.' }) }),
      { description: 'What the estimate is the weighted mean of, by logarithm. Those far from the others weigh less.' },
    ),
  }),
  table: 'comparables',
  async ask(db, parameters, market) {
    const compared = await compareSubject(db, parameters, market);
    const { day, subject, valuation, comparables } = compared;
    const { calibration } = valuation;
    const { logarithm, scale, weights } = appraise(comparables, calibration?.weighing ?? usualWeighing);
    const at = (scales: number) => Math.round(Math.exp(logarithm + scales * scale));
    const range = calibration ? { low: at(calibration.low), high: at(calibration.high) } : { low: null, high: null };
    const found = { estimate: at(0), ...range };
    const measured = calibration?.accuracy;
    return {
      market: heading(market),
      subject,
      valued_on: day,
      ...found,
      confidence: confidence(compared, found, weights),
      baseline: await baseline(db, compared, market),
      accuracy: measured
        ? {
            sales: measured.sales,
            from: measured.from,
            to: measured.to,
            coverage: digits(measured.coverage, 4),
            median_absolute_error: digits(measured.medianAbsoluteError, 4),
            baseline_median_absolute_error: measured.baselineError === null ? null : digits(measured.baselineError, 4),
            median_range: digits(measured.medianWidth, 4),
          }
        : null,
      index: indexOf(valuation),
      comparables: weights.map((weight, i) => ({
        ...rowOf(comparables[i] as (typeof comparables)[number], i + 1, compared),
        weight: digits(weight),
      })),
    };
  },
});

interface Range {
  estimate: number;
  low: number | null;
  high: number | null;
}

function confidence(
  { valuation, comparables, subject, day }: Compared,
  { estimate, low, high }: Range,
  weights: number[],
) {
  const used = comparables.slice(0, weights.length);
  const reasons: string[] = [];
  const percent = (fraction: number) => `${(100 * fraction).toPrecision(2)} %`;
  const own = used.filter(({ candidate }) => candidate.relation === 'property');
  const latest = own
    .map(({ candidate }) => candidate.contract_date)
    .sort()
    .at(-1);
  if (latest) reasons.push(`Its own earlier sale of ${latest} is among the comparables.`);
  const close = used.filter(({ candidate }) => ['property', 'building', 'street'].includes(candidate.relation)).length;
  reasons.push(`Of ${used.length} comparables ${close} are in the same street.`);
  const far = used.filter(({ candidate }) => candidate.relation === 'region').length;
  if (far > 0) reasons.push(`${far} are from elsewhere in the region, there being too few nearby.`);
  const newest = used
    .map(({ candidate }) => candidate.contract_date)
    .sort()
    .at(-1);
  reasons.push(`The newest was sold on ${newest}, valued is on ${day}.`);
  const prices = used.map(({ logarithm }) => logarithm);
  reasons.push(
    `Their adjusted prices are from ${Math.round(Math.exp(Math.min(...prices)))} to ${Math.round(Math.exp(Math.max(...prices)))}.`,
  );
  const unstated = valuation.model.coefficients
    .map(({ name }) => name.replace(/^log_/, '') as keyof typeof subject)
    .filter((column) => subject[column] === null);
  if (unstated.length > 0)
    reasons.push(`Not known of it, though prices depend on it here: ${unstated.join(', ').replaceAll('_', ' ')}.`);
  if (low === null || high === null) {
    return {
      level: 'low' as const,
      reasons: [...reasons, 'Too few sales can be held out to know how far off estimates are.'],
    };
  }
  const error = valuation.calibration?.accuracy.medianAbsoluteError as number;
  reasons.push(`Half of the estimates in this market are off by less than ${percent(error)}.`);
  const width = (high - low) / estimate;
  const level = width <= 0.3 ? ('high' as const) : width <= 0.6 ? ('medium' as const) : ('low' as const);
  return { level, reasons };
}

/** The median of the locality and type, as the accuracy compares with. */
async function baseline(
  db: Connection,
  { day, subject, valuation }: Compared,
  market: Market,
): Promise<{ median: number | null; sales: number }> {
  const { where, values } = salesBefore(market, day);
  const { median, sales } = await db.row<{ median: number | null; sales: number }>(
    `SELECT quantile_cont(price, 0.5) AS median, count(*) AS sales FROM (${brought(valuation.model, where, '$before::DATE - INTERVAL 1 YEAR')})
     WHERE type IS NOT DISTINCT FROM $type AND locality = $locality AND region IS NOT DISTINCT FROM $region`,
    { ...values, type: subject.type, locality: subject.locality, region: subject.region },
  );
  return { median: median === null ? null : Math.round(median), sales };
}
