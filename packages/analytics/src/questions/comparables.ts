import Type from 'typebox';
import { coveredChange, coveredPeriod, coveredPeriodSchema } from '../coverage.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, marketHeading } from '../statistics.ts';
import {
  choiceParameters,
  chosenOf,
  chosenSchema,
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
import { maxComparables } from '../valuation/estimate-value.ts';
import { valuationPreparation } from '../valuation/market-valuation.ts';
import { subjectParameters, subjectSchema } from '../valuation/subject.ts';

/** The sales that are most similar to a dwelling, adjusted to it. */
export const comparables = defineQuestion({
  name: 'comparables',
  summary:
    'Find the sales most similar to a dwelling, each adjusted to the valuation day and to its attributes, step by step',
  about:
    'Standard sales of the same type before the valuation day, the most similar first. Each price is adjusted to that day by a smooth trend, and for differences of attributes and place by the price model of the market (Francke and Vos 2004, *The Hierarchical Trend Model for Property Valuation and Local Price Indices*). `similarity` states what makes sales similar in this market.',
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
  parameters: Type.Object(
    {
      ...subjectParameters,
      ...choiceParameters,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: maxComparables,
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
    chosen: chosenSchema,
    covered: coveredPeriodSchema,
  }),
  table: 'comparables',
  rest: ({ comparables }, { limit = 20 }) =>
    comparables.length === limit && limit < maxComparables ? { limit: maxComparables } : undefined,
  preparation: valuationPreparation,
  async ask(db, { limit = 20, ...parameters }, market) {
    const compared = await compareSubject(db, parameters, market);
    return {
      market: heading(market),
      subject: compared.subject,
      valued_on: compared.day,
      index: indexOf(compared),
      similarity: similarityOf(compared),
      comparables: compared.value.comparables.slice(0, limit).map((comparable, i) => rowOf(comparable, i + 1)),
      left_out: outliersOf(compared),
      chosen: chosenOf(compared),
      covered: await coveredPeriod(db),
    };
  },
});
