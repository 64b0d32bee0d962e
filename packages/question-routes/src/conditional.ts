/**
 * Whether an `If-None-Match` header has the ETag, or is `*`. The comparison is weak, as RFC 9110 requires, because a proxy that compresses
 * an answer prefixes our ETag with `W/`.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
