import { expect, test } from 'vitest';
import { formatChange, formatDay, formatPeriod, formatPrice, formatPriceShort } from '../src/format.ts';

test('prices are in whole units with their currency’s sign', () => {
  expect(formatPrice(805_000, 'AUD')).toBe('$805,000');
  expect(formatPrice(1_234_567.5, 'GBP')).toBe('£1,234,568');
  expect(formatPrice(null, 'AUD')).toBe('–');
  expect(formatPriceShort(1_250_000, 'SGD')).toBe('$1.25m');
});

test('changes have a sign, and a missing change is shown as a dash', () => {
  expect(formatChange(0.05321)).toBe('+5.3%');
  expect(formatChange(-0.05)).toBe('−5.0%');
  expect(formatChange(0)).toBe('0.0%');
  expect(formatChange(null)).toBe('–');
});

test('days and periods are named', () => {
  expect(formatDay('2024-07-01')).toBe('1 Jul 2024');
  expect(formatPeriod('2024-07-01', 'month')).toBe('Jul 2024');
  expect(formatPeriod('2024-07-01', 'quarter')).toBe('Q3 2024');
  expect(formatPeriod('2024-01-01', 'year')).toBe('2024');
});
