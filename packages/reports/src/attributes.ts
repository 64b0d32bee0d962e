/** The names and values of the attributes of a dwelling, for readers. */
import { type AttributeName, attributes } from '@property-insights/analytics';
import type { Formatter } from './format.ts';
import type { Words } from './words/index.ts';

/** The name of a member of a sale, such as `Land area`. */
export function nameOf(member: string, { fields }: Words): string {
  return (fields as Record<string, string>)[member] ?? member;
}

/** The name with the unit of its values, if they have one: `Land area, m²`. */
export function titleOf(member: string, words: Words): string {
  const unit = attributes[member as AttributeName]?.unit;
  const written = unit && (words.units as Record<string, string>)[unit];
  return [nameOf(member, words), written].filter(Boolean).join(', ');
}

/** A value without its unit. Years of the calendar have no separators, and an attribute from 0 to 1 is yes or no. */
export function valueText(member: string, value: string | number, words: Words, format: Formatter): string {
  if (typeof value === 'string') return value;
  const attribute = attributes[member as AttributeName];
  if (attribute?.unit === 'year') return String(value);
  if (attribute?.type === 'smallint' && attribute.maximum === 1) return value === 1 ? words.yes : words.no;
  return format.text(value, Number.isInteger(value) ? 'count' : 'number');
}
