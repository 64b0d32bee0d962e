/** Completes the unit of the areas of a field. */
import { unitNamed } from './columns.ts';
import { columnsOf, type Source } from './mapping.ts';
import { give, question } from './questions.ts';
import { areaUnits, readArea } from './readings.ts';
import type { Context, FieldValues } from './resolution.ts';

/** The unit of the areas of a field, as the mapping, the name of the column or each value states it. Otherwise it is asked for. */
export function completeArea(
  { name, source, cells, columns, column }: FieldValues,
  { mapping, evidence, questions }: Context,
): Partial<Source> {
  const member = `fields.${name}`;
  if (source.unit_column !== undefined) {
    evidence.push({ member, text: `${column}: the unit of each area is in its own column` });
    return {};
  }
  const stated = source.unit ?? mapping.area_unit;
  if (stated) {
    evidence.push({ member, text: `${column}: areas in ${stated} as the mapping states` });
    return { unit: stated };
  }
  // Columns with the field's own name have its unit.
  const names = columnsOf(source).filter((one) => typeof one === 'string');
  const unitOfName = names.includes(name) ? 'm2' : names.map(unitNamed).find((unit) => unit !== undefined);
  if (unitOfName) {
    evidence.push({ member, text: `${column}: areas in ${unitOfName} as the name of the column states` });
    return { unit: unitOfName };
  }
  const units = cells.map((cell) => (typeof cell === 'string' ? readArea(cell)?.unit : undefined));
  if (cells.length > 0 && units.every((unit) => unit !== undefined)) {
    evidence.push({ member, text: `${column}: every value states its unit (${[...new Set(units)].join(', ')})` });
    return {};
  }
  const choices = Object.keys(areaUnits);
  questions.push(question('area_unit', { code: 'area_unit', columns }, choices, give('area_unit', choices)));
  return {};
}
