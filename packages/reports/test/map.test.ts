import { expect, test } from 'vitest';
import { mapSvg } from '../src/charts/map.ts';
import { Formatter } from '../src/format.ts';
import { wordsIn } from '../src/words/index.ts';

const style = { width: 300, format: new Formatter('en', 'AUD'), words: wordsIn('en') };

function mapAt(longitude: number, latitude: number): string {
  const point = { name: 'Place', longitude, latitude, sales: 9, median: 500_000, thin: false };
  return mapSvg([point], style, 'map').svg;
}
const landOf = (svg: string) => / d="([^"]*)" fill="#f3efe5"/.exec(svg)?.[1];

test('land and sea are apart', () => {
  expect(landOf(mapAt(-150, -30))).toBe('');
  expect(landOf(mapAt(134, -25))).toMatch(/^M.*Z$/);
});

test('a single place has a map with degrees and a scale, of a few kilobytes', () => {
  const svg = mapAt(151, -33.8);
  expect(svg.length).toBeLessThan(20_000);
  expect(svg).toContain('>33.8°\u00a0S</text>');
  expect(svg).toMatch(/>\d km<\/text>/);
});
