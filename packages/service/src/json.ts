/** Reads JSON bodies. */
import type { App } from './app.ts';
import { maxJsonDepth } from './limits.ts';
import { problems } from './problems.ts';

/** Parses bodies, and refuses values that cannot be validated or stored. */
export function parseJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) =>
    parse(request, text, (error, body) => {
      const fault = error ? undefined : faultOf(body, []);
      done(fault === undefined ? error : problems.invalid(fault), body);
    }),
  );
}

/** What is wrong with a value at a path, as a sentence. */
function faultOf(value: unknown, path: readonly string[]): string | undefined {
  if (typeof value === 'string') {
    // PostgreSQL stores neither. An error of the shared check of versions would fail the requests of others too.
    if (!value.includes('\0') && value.isWellFormed()) return undefined;
    const where = path.length === 0 ? 'The body' : `Member "${path.join('.')}"`;
    return `${where} cannot contain the character NUL (\\u0000), or half of a surrogate pair.`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  // Validation and `JSON.stringify` use the stack for each level.
  if (path.length === maxJsonDepth)
    return `The body may have ${maxJsonDepth} levels of objects and lists within each other.`;
  for (const [name, each] of Object.entries(value)) {
    const fault = faultOf(name, path) ?? faultOf(each, [...path, name]);
    if (fault) return fault;
  }
  return undefined;
}
