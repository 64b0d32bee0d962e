import { expect, test } from 'vitest';
import { markdown } from '../src/markdown.ts';

test('Markdown becomes paragraphs, lists and headings', () => {
  expect(markdown('# A\n\nB **c** *d* `e` [f](https://example.org)\n\n- g\n- h\n\n1. i')).toEqual([
    { kind: 'heading', runs: [{ text: 'A' }] },
    {
      kind: 'paragraph',
      runs: [
        { text: 'B ' },
        { text: 'c', bold: true },
        { text: ' ' },
        { text: 'd', italic: true },
        { text: ' ' },
        { text: 'e', code: true },
        { text: ' ' },
        { text: 'f', link: 'https://example.org' },
      ],
    },
    { kind: 'item', runs: [{ text: 'g' }] },
    { kind: 'item', runs: [{ text: 'h' }] },
    { kind: 'numbered', runs: [{ text: 'i' }] },
  ]);
});

test('HTML stays text, and links lead to the web only', () => {
  expect(markdown('<script>alert(1)</script>')).toEqual([
    { kind: 'paragraph', runs: [{ text: '<script>alert(1)</script>' }] },
  ]);
  expect(markdown('[a](javascript:alert(1)) ![b](file:///etc/passwd)')[0]?.runs).toEqual([
    { text: 'a' },
    { text: ' ' },
    { text: 'b' },
  ]);
});

test.each(['>', '1. ', '> - ', '_ *', 'x_*', '![[a]', 'a\n\n'])('8,000 characters of %j are parsed in time', (part) => {
  const began = performance.now();
  expect(() => markdown(part.repeat(8000 / part.length))).not.toThrow();
  expect(performance.now() - began).toBeLessThan(3_000);
});
