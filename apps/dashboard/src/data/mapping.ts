/** The parts of a mapping that the reader has chosen; the service infers the others. */
export type Mapping = Record<string, unknown> & { fields?: Record<string, unknown> };

/** A mapping with the answer to a question: of `fields.price`, the column. */
export function answered(mapping: Mapping, member: string, choice: unknown): Mapping {
  const [, field] = /^fields\.(\w+)$/.exec(member) ?? [];
  if (field === undefined) return { ...mapping, [member]: choice };
  return { ...mapping, fields: { ...mapping.fields, [field]: { column: choice } } };
}
