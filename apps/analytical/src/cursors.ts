/** Cursors: where a page of a list ends, as callers carry it from one request to the next without looking into it. */
import { problems } from '@property-insights/service';

export function encodeCursor(position: string): string {
  return Buffer.from(position).toString('base64url');
}

/** @throws a 400 problem unless the position has that form. */
export function decodeCursor(cursor: string, form: RegExp): string {
  const position = Buffer.from(cursor, 'base64url').toString();
  if (!form.test(position))
    throw problems.invalid('Query parameter "cursor" must be one taken from a Link header of this list.');
  return position;
}

/** The `Link` header for the page that follows: the same request with another cursor. */
export function nextPage(url: string, cursor: string): string {
  const [path, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters}>; rel="next"`;
}
