/** Control characters, which XML and PDF do not have, unpaired surrogates and non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed.
const unusable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;

/** A copy of a value in which no text has a character that documents cannot have. */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed().replace(unusable, '\ufffd') as T;
  if (Array.isArray(value)) return value.map(clean) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, clean(each)])) as T;
}
