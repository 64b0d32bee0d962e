import { matchesWildcards } from './wildcard.ts';

/**
 * Whether the path of a request matches a listener rule's path pattern.
 *
 * - The pattern must match the whole path: `/reporting/*` does not match `/reporting`, nor `/api` `/apix`.
 * - `*` is any run of characters, `/` and the empty run included; `?` is exactly one character.
 * - Letters match case-sensitively: `/API/health` is not `/api/health`.
 * - The query string plays no part; `path` comes without it.
 * - The path is normalized first, which AWS documents ("rule evaluation is performed only after URI normalization") without
 *   its details. Taken here: RFC 3986 section 6.2.2. An escape of an unreserved character is that character (`/%61pi` is
 *   `/api`), other escapes stay as they are, with upper-case digits (`%2f` is `%2F` and never a `/`), and dot segments are
 *   resolved (`/reporting/../api` is `/api`). A pattern may not hold `%`, so only `*` and `?` meet a remaining escape.
 *   Repeated slashes stay.
 * - Only the matching sees the normalized path: the target gets the path as the client wrote it.
 */
export function matchesPathPattern(pattern: string, path: string): boolean {
  return matchesWildcards(pattern, normalizePath(path));
}

function normalizePath(path: string): string {
  // Most paths are in normal form already: neither an escape nor a segment that starts with a dot.
  if (!path.includes('%') && !path.includes('/.')) return path;
  return removeDotSegments(
    path.replace(/%[0-9a-f]{2}/gi, (escaped) => {
      const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase();
    }),
  );
}

/** RFC 3986 section 5.2.4, for a path that starts with `/`. A `..` above the root stays at the root. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, index) => {
    const isDot = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!isDot) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  });
  return `/${kept.join('/')}`;
}
