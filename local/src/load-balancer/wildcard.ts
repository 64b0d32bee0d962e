/**
 * Whether `pattern` matches the whole of `text`, as AWS writes wildcards in listener rules and in IAM policies: `*` is any
 * run of characters (`/` and the empty run included), `?` exactly one character, anything else itself, case-sensitively.
 *
 * Written by hand because a pattern turned into a regular expression backtracks exponentially on hostile input
 * (`*a*a*a*b`). Here only the last `*` is ever taken up again, so the work is at most pattern length × text length.
 */
export function matchesWildcards(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let lastStar = -1;
  let lastStarText = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      lastStar = p++;
      lastStarText = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (lastStar >= 0) {
      p = lastStar + 1;
      t = ++lastStarText;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
