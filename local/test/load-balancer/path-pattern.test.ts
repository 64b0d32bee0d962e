import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPathPattern } from '../../src/load-balancer/path-pattern.ts';

const cases: [rule: string, pattern: string, path: string, matches: boolean][] = [
  ['the whole path must match', '/api', '/api', true],
  ['the whole path must match', '/api', '/apix', false],
  ['the whole path must match', '/api', '/x/api', false],
  ['the whole path must match', '/api', '/api/', false],
  ['the whole path must match', '/', '/', true],
  ['the whole path must match', '/', '/api', false],
  ['a folder pattern does not match the folder without its slash', '/reporting/*', '/reporting', false],
  ['a folder pattern does not match a longer name', '/reporting/*', '/reportingx', false],
  ['* is the empty run too', '/reporting/*', '/reporting/', true],
  ['* is any run', '/reporting/*', '/reporting/property-summary', true],
  ['* crosses slashes', '/reporting/*', '/reporting/a/b/c', true],
  ['* may stand anywhere', '*', '/', true],
  ['* may stand anywhere', '/img/*/pics', '/img/2024/summer/pics', true],
  ['* may stand anywhere', '/img/*/pics', '/img/pics', false],
  ['* may stand anywhere', '/img/*/pics', '/img//pics', true],
  ['* may stand anywhere', '*.png', '/a/b.png', true],
  ['* may stand anywhere', '*.png', '/a/b.pngx', false],
  ['* takes up again after a false start', '/*ab', '/aab', true],
  ['* takes up again after a false start', '/*abc*', '/ababcab', true],
  ['several * in a row are one', '/a**', '/a', true],
  ['? is exactly one character', '/v?', '/v1', true],
  ['? is exactly one character', '/v?', '/v', false],
  ['? is exactly one character', '/v?', '/v12', false],
  ['? may be a slash', '/a?b', '/a/b', true],
  ['letters match case-sensitively', '/api/*', '/API/health', false],
  ['characters special to regular expressions are themselves', '/a.b+c', '/a.b+c', true],
  ['characters special to regular expressions are themselves', '/a.b', '/axb', false],
  ['characters special to regular expressions are themselves', '/a$', '/a', false],
  ['an escaped unreserved character is that character', '/api/*', '/%61pi/x', true],
  ['an escaped unreserved character is that character', '/~a', '/%7Ea', true],
  ['an escaped slash is not a slash', '/api/*', '/api%2Fhealth', false],
  ['an escaped question mark is not the start of a query', '/api', '/api%3Fx', false],
  ['an escape is several characters', '/a?b', '/a%20b', false],
  ['an escape is several characters', '/a???b', '/a%20b', true],
  ['a broken escape is left alone', '/a*', '/a%zz%', true],
  ['dot segments are resolved', '/api', '/reporting/../api', true],
  ['dot segments are resolved', '/reporting/*', '/reporting/../api', false],
  ['dot segments are resolved', '/api/', '/api/.', true],
  ['dot segments are resolved', '/', '/api/..', true],
  ['dot segments are resolved', '/api/health', '/api/./health', true],
  ['escaped dot segments are resolved', '/reporting/*', '/reporting/%2e%2E/api', false],
  ['.. stays at the root', '/api', '/../../api', true],
  ['names that start with dots are not dot segments', '/a/*', '/a/..b', true],
  ['repeated slashes stay', '/api/*', '//api/x', false],
  ['an empty pattern matches nothing', '', '/', false],
];

describe('matchesPathPattern', () => {
  it.each(cases)('%s: %s on %s is %s', (_rule, pattern, path, matches) => {
    expect(matchesPathPattern(pattern, path)).toBe(matches);
  });

  it('agrees with a regular expression on random patterns and paths', () => {
    const letters = fc.string({ unit: fc.constantFrom('/', 'a', 'b'), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom('/', 'a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(patterns, letters, (pattern, rest) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(`/${rest}`);
        expect(matchesPathPattern(pattern, `/${rest}`)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays quick on hostile patterns and paths', () => {
    const pattern = `/${'*a'.repeat(60)}b`;
    const started = performance.now();
    expect(matchesPathPattern(pattern, `/${'a'.repeat(16_000)}`)).toBe(false);
    expect(matchesPathPattern('/api/*', `/${'../'.repeat(5000)}`)).toBe(false);
    expect(matchesPathPattern('/api/*', `/${'%2e%2e/'.repeat(2000)}`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
