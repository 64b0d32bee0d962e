import { expect, test } from 'vitest';
import { cssTheme, dark, light, roundRatios, roundScale, type Theme, themeStyleSheet } from '../src/index.ts';

/** Contrast by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test.each<[string, Theme]>([
  ['light', light],
  ['dark', dark],
])('text of the %s theme has a contrast of 4.5, and marks of 3', (_, theme) => {
  const { paper, panel, sunken } = theme;
  for (const ground of [paper, panel, sunken]) {
    for (const ink of [theme.ink, theme.ink2, theme.ink3]) expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
  }
  for (const letter of [...theme.letters, theme.up, theme.down]) {
    expect(contrast(letter, paper), letter).toBeGreaterThanOrEqual(4.5);
  }
  for (const mark of [...theme.kinds, theme.bar, theme.control, theme.flat]) {
    expect(contrast(mark, paper), mark).toBeGreaterThanOrEqual(3);
  }
  expect(contrast(theme.notice, theme.noticeGround)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(theme.fault, theme.faultGround)).toBeGreaterThanOrEqual(4.5);
});

test('the style sheet defines every variable that charts in pages use', () => {
  const sheet = themeStyleSheet();
  const used = Object.values(cssTheme).flat() as string[];
  for (const name of used) expect(sheet).toContain(`${name.slice(4, -1)}:light-dark(`);
});

test('scales have few round steps', () => {
  expect(roundScale(0, 1_730_000)).toEqual({ min: 0, max: 2_000_000, interval: 500_000 });
  expect(roundScale(0, 17_000, 2)).toEqual({ min: 0, max: 20_000, interval: 10_000 });
  expect(roundScale(97, 103)).toEqual({ min: 96, max: 104, interval: 2 });
  expect(roundScale(100, 100)).toEqual({ min: 90, max: 110, interval: 5 });
  expect(roundRatios(230_000, 800_000)).toEqual([300_000, 400_000, 500_000, 600_000, 700_000, 800_000]);
  expect(roundRatios(180_000, 6_000_000)).toEqual([200_000, 500_000, 1_000_000, 2_000_000, 5_000_000]);
});
