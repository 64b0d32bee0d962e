/** The attributes of a dwelling, as members of a `Sale`. */
import { type AttributeName, eachAttribute } from '@property-insights/database';

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** Such as `carSpaces`. */
export type AttributeMember = CamelCase<AttributeName>;

export const attributeMembers: Record<AttributeName, AttributeMember> = eachAttribute(
  (name) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as AttributeMember,
);
