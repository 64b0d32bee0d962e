/** Sales as rows: what the questions that list them, and the exports, say of each. */
import Type, { type Static } from 'typebox';
import { figure, nullableText } from './statistics.ts';

const whole = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description });

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
  bedrooms: whole('Number of bedrooms.'),
  bathrooms: figure('A half is one without a bath.'),
  car_spaces: whole('Number of car spaces.'),
  land_area: figure('m²'),
  floor_area: figure('m²'),
  latitude: figure('WGS 84'),
  longitude: figure('WGS 84'),
  approximate: nullableText(
    'What the coordinates are approximate to where the source states none: the middle of the `locality` or of the `postcode`, from a gazetteer.',
  ),
  non_standard: nullableText('Why the sale is not standard; null for a standard one.'),
});
export type SaleRow = Static<typeof saleRow>;

/** SQL. */
export const saleRowColumns = Object.keys(saleRow.properties).join(', ');
