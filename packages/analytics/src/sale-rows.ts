/** Sales as rows: what the questions that list them, and the exports, say of each. */
import { type AttributeName, attributes, eachAttribute } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import { nullableText } from './statistics.ts';

/** An attribute as a sale states it. */
export function statedAttribute(name: AttributeName) {
  const { type, description } = attributes[name];
  return Type.Union([type === 'smallint' ? Type.Integer() : Type.Number(), Type.Null()], { description });
}

export const saleRow = Type.Object({
  id: Type.Integer(),
  property_id: Type.Integer(),
  contract_date: nullableText('null where the source states none, as for the others.'),
  settlement_date: nullableText('ISO date.'),
  price: Type.Integer({ description: 'In whole currency units; 0 where the source states none.' }),
  type: nullableText('Dwelling type.'),
  address: Type.String(),
  street: nullableText('Without the number.'),
  locality: nullableText('Suburb or town.'),
  region: nullableText('State, county or the like.'),
  postcode: nullableText('As text: it may begin with 0.'),
  ...eachAttribute(statedAttribute),
  approximate: nullableText(
    'What the coordinates are approximate to where the source states none: the middle of the `locality` or of the `postcode`, from a gazetteer.',
  ),
  non_standard: nullableText('Why the sale is not standard; null for a standard one.'),
});
export type SaleRow = Static<typeof saleRow>;

/** SQL. */
export const saleRowColumns = Object.keys(saleRow.properties).join(', ');
