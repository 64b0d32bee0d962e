import { expect, it } from 'vitest';
import { prefersPage } from '../src/index.ts';

it.each([
  ['Chrome', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', true],
  ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['a plain preference', 'text/html', true],
  ['capital letters', 'Text/HTML', true],
  ['text/html among better liked types', 'application/json, text/html;q=0.9', false],
  ['text/html that is refused', 'text/html;q=0', false],
  ['curl, fetch', '*/*', false],
  ['a wildcard subtype', 'text/*', false],
  ['a program', 'application/json', false],
  ['an empty header', '', false],
  ['no header', undefined, false],
])('%s', (_name, accept, expected) => {
  expect(prefersPage(accept)).toBe(expected);
});
