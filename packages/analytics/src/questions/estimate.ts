import Type from 'typebox';
import { amountOrNull, wholeAmount, wholeAmountOrNull } from '../amounts.ts';
import type { Connection } from '../connection.ts';
import { coveredChange, coveredPeriod, coveredPeriodSchema } from '../coverage.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { figure, heading, marketHeading } from '../statistics.ts';
import { adjustedSales, confidenceLevels, rangeOf } from '../valuation/calibrate.ts';
import {
  type Compared,
  choiceParameters,
  chosenOf,
  chosenSchema,
  comparableSchema,
  compareSubject,
  digits,
  indexOf,
  indexSchema,
  outliersOf,
  outliersSchema,
  rowOf,
} from '../valuation/compared.ts';
import { confidenceReasons, reasonSchema, sentenceOf } from '../valuation/confidence-reasons.ts';
import { salesBefore, valuationPreparation } from '../valuation/market-valuation.ts';
import { subjectParameters, subjectSchema } from '../valuation/subject.ts';

const accuracy = Type.Object(
  {
    sales: Type.Integer({
      description: 'Number of held-out sales: neither their prices nor later ones were used to estimate them.',
    }),
    from: Type.String({ format: 'date', description: 'First day on which they were sold.' }),
    to: Type.String({ format: 'date', description: 'The day after the last day on which they were sold.' }),
    coverage: Type.Number({ description: 'The fraction of them that sold within their 80 % range.' }),
    median_absolute_error: Type.Number({
      description: 'Median absolute error of their estimates, as a fraction of the price.',
    }),
    baseline_median_absolute_error: figure(
      'The same error, if the median of the locality and type, adjusted to the same date, is taken as the estimate.',
    ),
    median_range: Type.Number({ description: 'Median width of the range, as a fraction of the estimate.' }),
  },
  { description: 'The accuracy of estimates in this market, measured on held-out sales.' },
);

/** The price that a dwelling would sell for. */
export const estimate = defineQuestion({
  name: 'estimate',
  summary: 'Estimate the price of a dwelling, with an 80 % range and the reasons',
  about:
    "The weighted mean, by logarithms, of the adjusted prices of its comparables and of the price of the market's price model. The range is calibrated by split conformal prediction on sales held out from this market (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018): `accuracy` states how often sale prices were within the range, and how large the errors of estimates were.",
  example: { address: '123 Green St, Sydney' },
  methodChanges: [
    {
      since: '0.3.0',
      sentence:
        'Prices are adjusted by a hierarchical trend model with the attributes that registers state, comparables are weighted by kriging, and outliers and sales before a rebuilding are left out.',
    },
    standardChange,
    coveredChange,
  ],
  parameters: Type.Object({ ...subjectParameters, ...choiceParameters }, { additionalProperties: false }),
  result: Type.Object({
    market: marketHeading,
    subject: subjectSchema,
    valued_on: Type.String({ format: 'date' }),
    estimate: wholeAmount('In whole currency units.'),
    low: wholeAmountOrNull('Lower end of the 80 % range. Both ends are null if too few sales can be held out.'),
    high: wholeAmountOrNull('Upper end of the 80 % range.'),
    confidence: Type.Object({
      level: Type.Enum([...confidenceLevels], {
        description:
          'high: the width of the range is at most 30 % of the estimate, and at least 76 % of the held-out sales like it sold within theirs; medium: the width is at most 60 %.',
      }),
      reasons: Type.Array(Type.String(), { description: 'English sentences.' }),
      coded_reasons: Type.Array(reasonSchema, {
        description:
          'The same reasons in the same order, as codes with values, to be written in the language of the reader.',
      }),
    }),
    baseline: Type.Object(
      { median: amountOrNull('null without such sales.'), sales: Type.Integer() },
      {
        description:
          'Sales of the type in the locality, or in the region if there is no locality, during the year before, adjusted to the same date.',
      },
    ),
    accuracy: Type.Union([accuracy, Type.Null()], { description: 'null if too few sales can be held out.' }),
    index: indexSchema,
    left_out: outliersSchema,
    chosen: chosenSchema,
    covered: coveredPeriodSchema,
    comparables: Type.Array(
      Type.Object({
        ...comparableSchema.properties,
        weight: Type.Number({
          description: 'Weight in the estimate; with that of `price_model`, the weights sum to 1.',
        }),
      }),
      {
        description:
          'The sales whose weighted mean with `price_model`, by logarithms, is the estimate. Prices far from the others have less weight.',
      },
    ),
    price_model: Type.Object(
      {
        price: wholeAmount('The price by trend, attributes and place, without comparables.'),
        weight: Type.Number({
          description: 'Its weight in the estimate: what the weights of the comparables lack of 1.',
        }),
      },
      {
        description:
          'The estimate of the price model alone, towards which the estimate is shrunk where comparables are few or unlike.',
      },
    ),
  }),
  table: 'comparables',
  preparation: valuationPreparation,
  async ask(db, parameters, market) {
    const compared = await compareSubject(db, parameters, market);
    const { day, subject, valuation, value } = compared;
    const { calibration } = valuation;
    const money = (logarithm: number) => Math.round(Math.exp(logarithm));
    const ends = calibration && rangeOf(calibration, value, subject);
    const range = ends ? { low: money(ends.low), high: money(ends.high) } : { low: null, high: null };
    const found = { estimate: money(value.logarithm), ...range };
    const measured = calibration?.accuracy;
    return {
      market: heading(market),
      subject,
      valued_on: day,
      ...found,
      confidence: confidence(compared),
      baseline: await baseline(db, compared),
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
      index: indexOf(compared),
      left_out: outliersOf(compared),
      chosen: chosenOf(compared),
      covered: await coveredPeriod(db),
      price_model: { price: money(value.model.logarithm), weight: digits(value.model.weight) },
      comparables: value.comparables.flatMap((comparable, i) =>
        comparable.weight > 0 || comparable.isIncluded
          ? [{ ...rowOf(comparable, i + 1), weight: digits(comparable.weight) }]
          : [],
      ),
    };
  },
});

function confidence(compared: Compared) {
  const { level, reasons } = confidenceReasons(compared);
  return { level, reasons: reasons.map(sentenceOf), coded_reasons: reasons };
}

/** The median of the locality and type, with which the accuracy is compared. */
async function baseline(
  db: Connection,
  { day, subject, valuation }: Compared,
): Promise<{ median: number | null; sales: number }> {
  const { where, values } = salesBefore(day);
  const { median, sales } = await db.row<{ median: number | null; sales: number }>(
    `SELECT quantile_cont(price, 0.5) AS median, count(*) AS sales FROM (${adjustedSales(valuation.model, where, '$before::DATE - INTERVAL 1 YEAR')})
     WHERE type IS NOT DISTINCT FROM $type AND ($locality::VARCHAR IS NULL OR locality = $locality) AND region IS NOT DISTINCT FROM $region`,
    { ...values, type: subject.type, locality: subject.locality, region: subject.region },
  );
  return { median: median === null ? null : Math.round(median), sales };
}
