/** The attributes of a dwelling, as members of a `Sale`. */
import { type AttributeName, type AttributeValues, eachAttribute } from '@property-insights/database';

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** Such as `carSpaces`. */
export type AttributeMember = CamelCase<AttributeName>;

/** The members, with null where the source states none. */
export type AttributeMembers = { [Name in AttributeName as CamelCase<Name>]: AttributeValues[Name] };

export const attributeMembers: Record<AttributeName, AttributeMember> = eachAttribute(
  (name) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as AttributeMember,
);

/** The attributes of a sale, by the names of their columns. */
export function attributesOf(sale: AttributeMembers): AttributeValues {
  return eachAttribute((name) => sale[attributeMembers[name]]) as AttributeValues;
}
