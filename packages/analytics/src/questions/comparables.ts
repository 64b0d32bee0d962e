import Type from 'typebox';
import { coveredChange, coveredPeriod, coveredPeriodSchema } from '../coverage.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, marketHeading } from '../statistics.ts';
import { maxCandidates } from '../valuation/calibrate.ts';
import {
  comparableSchema,
  compareSubject,
  indexOf,
  indexSchema,
  outliersOf,
  outliersSchema,
  rowOf,
  similarityOf,
  similaritySchema,
} from '../valuation/compared.ts';
import { subjectParameters, subjectSchema } from '../valuation/subject.ts';

/** The sales that are most similar to a dwelling, adjusted to it. */
export const comparables = defineQuestion({
  name: 'comparables',
  summary:
    'Find the sales most similar to a dwelling, each adjusted to the valuation day and to its attributes, step by step',
  about:
    "Standard sales of the same type before the valuation day, the most similar first. Each price is adjusted to that day by the market's price index, and for differences by the coefficients of its hedonic regression (Colwell, Cannaday and Wu 1983, *The Analytical Foundations of Adjustment Grid Methods*). `similarity` states what makes sales similar in this market.",
  example: { address: '123 Green St, Sydney' },
  methodChanges: [
    {
      since: '0.3.0',
      sentence:
        'Prices are adjusted by the index chosen for the market if it is precise enough, sales are held out by their keys, and outliers are left out.',
    },
    standardChange,
    coveredChange,
  ],
  parameters: Type.Object(
    {
      ...subjectParameters,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: maxCandidates,
          default: 20,
          description: 'The maximum number of comparables.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    subject: subjectSchema,
    valued_on: Type.String({ format: 'date' }),
    index: indexSchema,
    similarity: similaritySchema,
    comparables: Type.Array(comparableSchema),
    left_out: outliersSchema,
    covered: coveredPeriodSchema,
  }),
  table: 'comparables',
  rest: ({ comparables }, { limit = 20 }) =>
    comparables.length === limit && limit < maxCandidates ? { limit: maxCandidates } : undefined,
  async ask(db, { limit = 20, ...parameters }, market) {
    const compared = await compareSubject(db, parameters, market);
    const { day, subject, valuation, comparables } = compared;
    return {
      market: heading(market),
      subject,
      valued_on: day,
      index: indexOf(valuation),
      similarity: similarityOf(valuation),
      comparables: comparables.slice(0, limit).map((comparable, i) => rowOf(comparable, i + 1, compared)),
      left_out: outliersOf(compared),
      covered: await coveredPeriod(db),
    };
  },
});
