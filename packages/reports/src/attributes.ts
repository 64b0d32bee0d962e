/** The names and values of the attributes of a dwelling, for readers. */
import { type AttributeName, attributes } from '@property-insights/analytics';
import { capital } from './blocks.ts';
import type { Formatter } from './format.ts';
import type { Words } from './words/index.ts';

/** The name of a member of a sale, such as `Land area`. */
export function nameOf(member: string, { fields }: Words): string {
  return (fields as Record<string, string>)[member] ?? member;
}

/** Members of answers that have the head of a column of other reports. */
const heads: Record<string, keyof Words['columns']> = {
  median_price: 'median',
  mean_price: 'mean',
  median_lower: 'lower',
  median_upper: 'upper',
  change_over_three_years: 'changeThree',
  change_over_five_years: 'changeFive',
  median_per_land_area: 'perLand',
  median_per_floor_area: 'perFloor',
  property_count: 'properties',
  total_value: 'total',
};

/** The head of a column with a member of an answer, such as `change_interval.lower`. */
export function headOf(member: string, words: Words): string {
  const { columns, fields } = words;
  const known = heads[member] ?? member;
  if (member in fields) return titleOf(member, words);
  return Object.hasOwn(columns, known)
    ? columns[known as keyof Words['columns']]
    : capital(member.replaceAll(/[_.]/g, ' '));
}

/** The name of a type of dwelling, such as `House`. */
export function typeName(type: string, { types }: Words): string {
  const name = capital(type);
  return types[name] ?? name;
}

/** The name with the unit of its values, if they have one: `Land area, m²`. */
export function titleOf(member: string, words: Words): string {
  const unit = attributes[member as AttributeName]?.unit;
  const written = unit && (words.units as Record<string, string>)[unit];
  return [nameOf(member, words), written].filter(Boolean).join(', ');
}

/** A value without its unit. Years of the calendar have no separators, and an attribute from 0 to 1 is yes or no. */
export function valueText(member: string, value: string | number, words: Words, format: Formatter): string {
  if (typeof value === 'string') return member === 'type' ? typeName(value, words) : value;
  const attribute = attributes[member as AttributeName];
  if (attribute?.unit === 'year') return String(value);
  if (attribute?.type === 'smallint' && attribute.maximum === 1) return value === 1 ? words.yes : words.no;
  return format.text(value, Number.isInteger(value) ? 'count' : 'number');
}
