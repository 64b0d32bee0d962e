import { Type } from 'typebox';

/** The schema of a statement as a code with values, from which readers of any language get a sentence of their own. */
export const coded = <Code extends string, Values extends Type.TProperties>(
  code: Code,
  values: Values,
  options?: Type.TObjectOptions,
) => Type.Object({ code: Type.Literal(code), ...values }, options);
