import Type, { type Static } from 'typebox';
import {
  coverageChange,
  coverageOf,
  coveredSchema,
  isCovered,
  periodParameter,
  readCoverage,
  withinCoverage,
} from '../coverage.ts';
import { assertPrecision } from '../date-precision.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import type { Market } from '../market.ts';
import { defaultMethod, minPairs } from '../price-index/choice.ts';
import type { Level } from '../price-index/estimate.ts';
import { defaultOptions, type MethodName, methodNames, methods, type Options } from '../price-index/methods.ts';
import { addOthers, baseOf, prepareAll, prepareDefault } from '../price-index/prepare.ts';
import { accuracy, revision, volatility } from '../price-index/quality.ts';
import { effectNames, regressorNames } from '../price-index/read-hedonic.ts';
import { readSales } from '../price-index/sales.ts';
import { endOf, intervals, startOf } from '../price-index/timeline.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { figure, heading, leftOut, leftOutSchema, marketHeading } from '../statistics.ts';
import { axisOf, axisSchema } from '../support.ts';

const reasons = (description: string) => Type.Record(Type.String(), Type.Integer(), { description });
const fraction = (description: string) => Type.Number({ description: `${description}, as a fraction.` });

const quality = Type.Object({
  volatility: Type.Union([Type.Object({ mean: Type.Number(), median: Type.Number() }), Type.Null()], {
    description:
      'Standard deviation of the changes between periods, as fractions, in rolling windows of three; null without three consecutive changes.',
  }),
  revision: Type.Union(
    [
      Type.Object({
        vintages: Type.Integer({
          description: 'How many times the index was computed with one more period of sales: at most the last 12.',
        }),
        mean: fraction('Mean change of earlier index numbers'),
        mean_absolute: fraction('Mean absolute change'),
        max_absolute: fraction('Maximum absolute change'),
        latest_mean_absolute: fraction('Mean absolute change of the latest index number'),
      }),
      Type.Null(),
    ],
    { description: 'How much later sales revise earlier index numbers.' },
  ),
  accuracy: Type.Object(
    {
      pairs: Type.Integer(),
      told: Type.Integer({ description: 'Number of pairs with both periods in the index.' }),
      median_absolute: figure('Median absolute error, as a fraction of the price.'),
      mean_absolute: figure('Mean absolute error.'),
      bias: figure('Mean error: above 0 if the predicted prices are too high.'),
    },
    {
      description:
        'Errors of predicting the later price of each pair of sales from the earlier one, by an index without this property (five-fold cross-validation).',
    },
  ),
});

const indexOfMethod = Type.Object({
  method: Type.Enum([...methodNames]),
  unit: Type.Enum(['sales', 'pairs'], { description: 'The unit of `count`.' }),
  count: Type.Integer({
    description: 'Number of sales, or of pairs of sales of one property, from which the index is computed.',
  }),
  unconnected: Type.Array(Type.String({ format: 'date' }), {
    description: 'Periods that have sales but no connection with the base period, and therefore no index.',
  }),
  left_out: reasons('Sales or pairs that the index leaves out, by reason.'),
  coefficients: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()], {
    description:
      'What one more of an attribute adds to the logarithm of the price; null for methods other than hedonic.',
  }),
  notes: Type.Array(Type.String(), { description: 'Remarks about this index.' }),
  quality: Type.Union([quality, Type.Null()], { description: 'null by default: see the parameter `quality`.' }),
});

const period = Type.Object({
  method: Type.Enum([...methodNames]),
  period: Type.String({ format: 'date', description: 'First day of the period.' }),
  index: figure('100 in the base period; null without enough data.'),
  standard_error: figure('In index points, 0 in the base period. It and the band are null if there are too few sales.'),
  lower: figure('Lower end of the 95 % band of the index relative to the base.'),
  upper: figure('Upper end of the band.'),
  count: Type.Integer({ description: 'Number of sales in the period, or of pairs with a sale in it.' }),
  complete: Type.Boolean({
    description: 'Whether the period is within the covered period, sold_from and sold_to.',
  }),
});

const parameters = Type.Object(
  {
    ...filterParameters,
    ...periodParameter,
    interval: Type.Optional(Type.Enum([...intervals], { default: 'month', description: 'The length of a period.' })),
    method: Type.Optional(
      Type.Array(Type.Enum([...methodNames]), {
        maxItems: methodNames.length,
        description:
          'Defaults to the method chosen for the market, which `preferred` states; with all_methods=true or quality=true, to all that are possible. repeat_sales: Bailey, Muth and Nourse 1963; case_shiller: weighted, 1987; arithmetic_repeat_sales: Shiller 1991.',
      }),
    ),
    all_methods: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether to include every method that is possible and has an index with the base, instead of the default method alone. Needs no `method`.',
      }),
    ),
    base: Type.Optional(
      Type.String({
        format: 'date',
        description:
          'A day of the base period; by default, that is the first well-filled period with an index by every requested method.',
      }),
    ),
    price_groups: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20,
        default: 5,
        description: 'stratified_median: the number of groups of places by price, for each type.',
      }),
    ),
    weights: Type.Optional(
      Type.Enum(['fixed', 'updated'], {
        default: 'fixed',
        description:
          'stratified_median: a stratum is weighted by its sales in the whole time (fixed), or in the year before each period (updated).',
      }),
    ),
    attribute: Type.Optional(
      Type.Array(Type.Enum([...regressorNames]), {
        maxItems: regressorNames.length,
        description:
          'hedonic: the attributes that explain prices; by default, the logarithms of areas and the numbers of rooms that at least 5 % of the sales state.',
      }),
    ),
    effect: Type.Optional(
      Type.Array(Type.Enum([...effectNames]), {
        default: ['locality', 'type'],
        maxItems: effectNames.length,
        description: 'hedonic: sales are compared within groups that have these in common.',
      }),
    ),
    window: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 120,
        description:
          'rolling_hedonic: the number of periods in each regression; by default 13 months, 5 quarters or 3 years.',
      }),
    ),
    splice: Type.Optional(
      Type.Enum(['movement', 'window', 'mean'], {
        default: 'mean',
        description:
          'rolling_hedonic: the newest period is linked to the one before (movement), to the first of its window (window), or to all of them (mean).',
      }),
    ),
    pairs: Type.Optional(
      Type.Enum(['consecutive', 'all'], {
        default: 'consecutive',
        description:
          'Repeat sales: each sale with the next one of its property (consecutive), or every pair of its sales (all).',
      }),
    ),
    min_months: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1200,
        default: 6,
        description:
          'Repeat sales: the minimum number of months between the two sales. Earlier resales are often of rebuilt dwellings, or between relatives.',
      }),
    ),
    max_months: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1200,
        description: 'Repeat sales: the maximum number of months between the two sales; no limit by default.',
      }),
    ),
    trim: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 25,
        default: 0,
        description: 'Repeat sales: the percentage of pairs left out at each end of the price ratios.',
      }),
    ),
    quality: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Whether to include volatility, revision and accuracy. They take many times as long.',
      }),
    ),
  },
  { additionalProperties: false },
);
type Parameters = Static<typeof parameters>;

/** The change of prices, with the mix of dwellings held as constant as each method can. */
export const priceIndex = defineQuestion({
  name: 'price-index',
  summary: 'Price indices by several methods, with standard errors and the data behind them',
  about: `Several methods can be compared, each with its own confidence band:

* \`median\` and \`mean\`: of the prices in the period;
* \`stratified_median\`: medians of strata (places grouped by price, times type), weighted and chained, empty strata imputed (ABS 6416.0; Eurostat,
  RPPI Handbook 2013, ch. 5);
* \`hedonic\` and \`rolling_hedonic\`: time dummies in a regression on attributes and localities (RPPI Handbook, ch. 6);
* \`repeat_sales\` (Bailey, Muth and Nourse 1963), \`case_shiller\` (Case and Shiller 1987) and \`arithmetic_repeat_sales\` (Shiller 1991): from
  the pairs of sales of one property.

A period without a connection to the base has no index. It is listed in \`unconnected\`, and never extrapolated.`,
  changedDefault: {
    since: '0.3.0',
    sentence:
      'method defaults to the method chosen for the market, or stratified_median until one is; method=median restores the previous index.',
  },
  methodChanges: [
    {
      since: '0.3.0',
      sentence:
        'The default method is the one chosen for the market, the start and the default base are well filled, chains restart after a gap, bands of medians have exact ranks, an axis is given, and the choice of the method is explained.',
    },
    standardChange,
    coverageChange,
  ],
  example: { interval: 'quarter', method: ['median', 'stratified_median'] },
  parameters,
  result: Type.Object({
    market: marketHeading,
    interval: Type.Enum([...intervals]),
    base: Type.String({ format: 'date', description: 'First day of the base period.' }),
    methods: Type.Array(indexOfMethod, { description: 'In the requested order.' }),
    periods: Type.Array(period, {
      description:
        'By method, then period. Each method has every period from the first well-filled one, or the first since sold_from, to the last with sales.',
    }),
    preferred: Type.Object(
      {
        method: Type.Enum([...methodNames]),
        chosen: Type.Boolean({ description: 'false until a method has been chosen for the market.' }),
        why: Type.String({ description: 'Why it is the default, in a sentence with the errors that were compared.' }),
      },
      {
        description:
          'The default method of the market: the one with the smallest error on held-out resales, as `accuracy` measures it. Where the sales selected have no data for it, the stratified median is the default.',
      },
    ),
    axis: axisSchema,
    sales: Type.Integer({
      description: 'Number of sales that match the filters and have a contract date and a price.',
    }),
    before: Type.Integer({
      description:
        'Number of them before the first period. Without sold_from, the index starts with the first well-filled period: its year has at least a quarter of the sales of a usual year, and the period itself half of its share of that year.',
    }),
    left_out: leftOutSchema,
    covered: coveredSchema,
    unusable: reasons('Sales that match the filters but have no contract date or no price, by reason.'),
  }),
  table: 'periods',
  async ask(db, parameters, market) {
    const { interval = 'month' } = parameters;
    await assertPrecision(db, interval);
    const options = optionsOf(parameters);
    const selection = await select(db, parameters, market);
    const coverage = await readCoverage(db);
    const compared = withinCoverage(selection, coverage, parameters);
    const start = parameters.sold_from === undefined && parameters.period !== 'all' ? 'filled' : 'first';
    const { sales, total, before, leftOut: unusable } = await readSales(db, compared, interval, start);
    const preferred = (market.index_method ?? defaultMethod) as MethodName;
    const prepared = parameters.method?.length
      ? await prepareAll(parameters.method, sales, options, market)
      : await prepareDefault(preferred, sales, options);
    const base = baseOf(parameters.base, prepared, sales);
    if ((parameters.quality || parameters.all_methods) && !parameters.method?.length)
      await addOthers(prepared, base, sales, options);
    const names = [...prepared.keys()];
    const isComplete = (period: number) => {
      return isCovered(coverage, parameters, startOf(sales.timeline, period), endOf(sales.timeline, period));
    };
    const accuracies = parameters.quality
      ? await accuracy(
          sales,
          names.map((name) => methods[name]),
          options,
        )
      : [];

    const indices: Static<typeof indexOfMethod>[] = [];
    const periods: Static<typeof period>[] = [];
    for (const [i, [name, method]] of [...prepared].entries()) {
      const { levels, count, leftOut, notes, coefficients } = await method.estimate(base);
      const accurate = accuracies[i];
      indices.push({
        method: name,
        unit: methods[name].unit,
        count,
        unconnected: levels.flatMap(({ period, index, count }) =>
          index === null && count > 0 ? [startOf(sales.timeline, period)] : [],
        ),
        left_out: leftOut,
        coefficients: coefficients ? steady(coefficients) : null,
        notes,
        quality: accurate
          ? {
              volatility: steady(volatility(levels)),
              revision: revised(await revision(method, sales.timeline.length, base, () => db.pause())),
              accuracy: steady({
                pairs: accurate.pairs,
                told: accurate.predicted,
                median_absolute: accurate.medianAbsolute,
                mean_absolute: accurate.meanAbsolute,
                bias: accurate.bias,
              }),
            }
          : null,
      });
      for (const level of levels) {
        const start = startOf(sales.timeline, level.period);
        periods.push({ method: name, period: start, ...figuresOf(level), complete: isComplete(level.period) });
      }
    }
    return {
      market: heading(market),
      interval,
      base: startOf(sales.timeline, base),
      methods: indices,
      periods,
      preferred: { method: preferred, chosen: (market.index_method ?? null) !== null, why: whyPreferred(market) },
      axis: axisOf(
        periods.map(({ index, lower, upper, count, complete }) => {
          return { value: index, lower, upper, sales: count, complete };
        }),
      ),
      sales: total,
      before,
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
      unusable,
    };
  },
});

function whyPreferred({ index_method, index_reason }: Market): string {
  if (index_method) return `It was chosen ${index_reason ?? 'by the median error of the prices of held-out resales'}.`;
  return `It is the default until a method is chosen in the background, some minutes after a change of the market, by the errors on held-out resales. None is chosen from fewer than ${minPairs} of them.`;
}

function optionsOf(parameters: Parameters): Options {
  const { interval = 'month', attribute, min_months = 6, max_months } = parameters;
  if (max_months !== undefined && max_months < min_months) {
    throw new InvalidQuestion(
      'min_months',
      `min_months (${min_months}) is above max_months (${max_months}); exchange them.`,
    );
  }
  const { priceGroups, weights, effects, rolling, pairs } = defaultOptions(interval);
  return {
    priceGroups: parameters.price_groups ?? priceGroups,
    weights: parameters.weights ?? weights,
    attributes: attribute?.length ? attribute : undefined,
    effects: parameters.effect?.length ? parameters.effect : effects,
    rolling: { window: parameters.window ?? rolling.window, splice: parameters.splice ?? rolling.splice },
    pairs: {
      pairs: parameters.pairs ?? pairs.pairs,
      minMonths: min_months,
      maxMonths: max_months,
      trim: parameters.trim ?? pairs.trim,
    },
  };
}

function figuresOf({ index, standardError, lower, upper, count }: Level) {
  return steady({ index, standard_error: standardError, lower, upper, count });
}

function revised(measured: Awaited<ReturnType<typeof revision>>) {
  return (
    measured &&
    steady({
      vintages: measured.vintages,
      mean: measured.mean,
      mean_absolute: measured.meanAbsolute,
      max_absolute: measured.maxAbsolute,
      latest_mean_absolute: measured.latestMeanAbsolute,
    })
  );
}

/** Rounds to twelve digits. Later digits depend on the order of additions, and an answer at a version has to be the same on every task. */
function steady<Figures extends object | null>(figures: Figures): Figures {
  if (figures === null) return figures;
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(12)) : value,
    ]),
  ) as Figures;
}
