import Type from 'typebox';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { countProperties } from '../statistics.ts';

/** The number of properties in each region that have at least one of the selected sales. */
export const propertySummary = defineQuestion({
  name: 'property-summary',
  summary: 'Number of properties by region, most first',
  example: {},
  methodChanges: [standardChange],
  parameters: Type.Object(filterParameters, { additionalProperties: false }),
  result: Type.Array(Type.Object({ region: Type.String(), property_count: Type.Integer() })),
  async ask(db, parameters, market) {
    return (await countProperties(db, await select(db, parameters, market))).byRegion;
  },
});
