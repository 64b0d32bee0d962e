import { endOf } from '@property-insights/charts';
import { expect, test } from 'vitest';
import { formatOf, nextDay } from '../src/format.ts';

const aud = formatOf('en-AU', 'AUD', (from, to) => `${from} to ${to}`);
const eur = formatOf('de-DE', 'EUR');

test('prices are in whole units with their currency’s sign', () => {
  expect(aud.price(805_000)).toBe('$805,000');
  expect(formatOf('en-GB', 'GBP').price(1_234_567.5)).toBe('£1,234,568');
  expect(aud.price(null)).toBe('–');
  expect(eur.price(805_000)).toBe('805.000\u00a0€');
});

test('short prices have three digits, rounded half up on the decimal value', () => {
  expect(aud.shortPrice(1_015_000)).toBe('$1.02m');
  expect(aud.shortPrice(760_000)).toBe('$760k');
  expect(aud.shortPrice(999_600)).toBe('$1.00m');
  expect(aud.shortPrice(167_516_609_924)).toBe('$168bn');
  expect(aud.shortPrice(0)).toBe('$0');
  expect(eur.shortPrice(1_015_000)).toBe('1,02\u00a0Mio.\u00a0€');
  expect(aud.chart('month').axisPrice(1_500_000)).toBe('$1.5m');
  expect(aud.roughPrice(998_700)).toBe('$999,000');
});

test('changes have a sign, and a missing change is shown as a dash', () => {
  expect(aud.change(0.05321)).toBe('+5.3%');
  expect(aud.change(-0.05)).toBe('−5.0%');
  expect(aud.change(0.0004)).toBe('0.0%');
  expect(aud.change(null)).toBe('–');
});

test('sizes of files are in the unit that suits them', () => {
  expect([0, 812, 12_345, 2_147_483_648].map(aud.bytes)).toEqual(['0 bytes', '812 bytes', '12.3 kB', '2.1 GB']);
});

test('a small share is not shown as nothing', () => {
  expect(aud.share(0.557)).toBe('55.7%');
  expect(aud.share(0.0002)).toBe('< 0.1%');
  expect(aud.share(0)).toBe('0.0%');
});

test('days, periods and spans are named', () => {
  expect(aud.day('2024-09-30')).toBe('30 Sept 2024');
  expect(aud.period('2024-07-01', 'month')).toBe('July 2024');
  expect(aud.period('2024-07-01', 'quarter')).toBe('Q3 2024');
  expect(aud.period('2024-01-01', 'year')).toBe('2024');
  expect(aud.span('2024-01-01', '2024-09-30')).toBe('January to September 2024');
  expect(aud.span('2023-11-01', '2024-02-29')).toBe('November 2023 to February 2024');
  expect(aud.span('2024-01-01', '2024-12-31')).toBe('2024');
  expect(aud.span('2022-01-01', '2024-12-31')).toBe('2022–2024');
  expect(aud.span('2024-02-01', '2024-02-29')).toBe('February 2024');
  expect(aud.span('2024-02-03', '2024-02-29')).toBe('3 Feb 2024 to 29 Feb 2024');
});

test('a period ends on its last day', () => {
  expect(endOf('2024-02-01', 'month')).toBe('2024-02-29');
  expect(endOf('2024-10-01', 'quarter')).toBe('2024-12-31');
  expect(endOf('2023-01-01', 'year')).toBe('2023-12-31');
  expect(nextDay('2024-02-29')).toBe('2024-03-01');
});
