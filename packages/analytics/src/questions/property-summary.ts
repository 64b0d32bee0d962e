import Type from 'typebox';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { countProperties } from '../statistics.ts';

/** How many properties each region has: those with at least one of the sales asked for. */
export const propertySummary = defineQuestion({
  name: 'property-summary',
  summary: 'Properties by region, most first',
  example: {},
  parameters: Type.Object(filterParameters, { additionalProperties: false }),
  result: Type.Array(Type.Object({ region: Type.String(), property_count: Type.Integer() })),
  async ask(db, parameters, market) {
    return (await countProperties(db, await select(db, parameters, market))).byRegion;
  },
});
