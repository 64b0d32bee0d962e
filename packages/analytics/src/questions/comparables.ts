import Type from 'typebox';
import { defineQuestion } from '../question.ts';
import { heading, marketHeading } from '../statistics.ts';
import { mostCandidates } from '../valuation/calibrate.ts';
import {
  comparableSchema,
  compareSubject,
  indexOf,
  indexSchema,
  rowOf,
  similarityOf,
  similaritySchema,
} from '../valuation/compared.ts';
import { subjectParameters, subjectSchema } from '../valuation/subject.ts';

/** What sold that is like a dwelling, and what that says of its price. */
export const comparables = defineQuestion({
  name: 'comparables',
  summary: 'The sales most like a dwelling, each brought to the day valued and to its attributes, step by step',
  about:
    "Standard sales of the type before the day valued, the most similar first. Each price is brought to that day by the market's price index and adjusted for differences by the coefficients of its hedonic regression (Colwell, Cannaday and Wu 1983, *The Analytical Foundations of Adjustment Grid Methods*). Similar is what sold close to the adjusted price of such sales in this market: see `similarity`.",
  example: { address: '123 Green St, Sydney' },
  parameters: Type.Object(
    {
      ...subjectParameters,
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: mostCandidates, default: 20, description: 'At most so many.' }),
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
  }),
  table: 'comparables',
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
    };
  },
});
