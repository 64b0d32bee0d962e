/** A sale as a row of the questions that list sales, and of exports. */
import { type AttributeName, attributes, eachAttribute } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import { wholeAmount } from './amounts.ts';
import { nullableDay, nullableText } from './statistics.ts';

/** The schema of an attribute that a sale may state. */
export function statedAttribute(name: AttributeName) {
  const { type, description } = attributes[name];
  const value = type === 'text' ? Type.String() : type === 'smallint' ? Type.Integer() : Type.Number();
  return Type.Union([value, Type.Null()], { description });
}

export const saleRow = Type.Object({
  id: Type.Integer(),
  property_id: Type.Integer(),
  contract_date: nullableDay('ISO date; null if the source states none, like the other members.'),
  settlement_date: nullableDay('ISO date.'),
  price: wholeAmount('In whole currency units; 0 if the source states none.'),
  type: nullableText('Dwelling type.'),
  address: Type.String(),
  street: nullableText('Street without the number.'),
  locality: nullableText('Suburb or town.'),
  region: nullableText('State, county or similar.'),
  postcode: nullableText('Text, because it may begin with 0.'),
  ...eachAttribute(statedAttribute),
  approximate: nullableText(
    'If the source states no coordinates, the place whose middle they are, from a gazetteer: `locality` or `postcode`.',
  ),
  non_standard: nullableText('Why the sale is not standard; null for standard sales.'),
  set_aside: nullableText('The reason for which an analyst set the sale aside; null if it is not set aside.'),
});
export type SaleRow = Static<typeof saleRow>;

/** SQL. */
export const saleRowColumns = Object.keys(saleRow.properties).join(', ');
