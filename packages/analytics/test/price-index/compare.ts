import { expect } from 'vitest';

/**
 * Expects numbers to differ by at most 10⁻⁹ of their value or the given tolerance, and to be null only where null is expected.
 * @param least differences of numbers below it are compared with it
 */
export function expectClose(
  actual: readonly (number | null)[],
  expected: readonly (number | null)[],
  tolerance = 1e-9,
  least = 1e-6,
): void {
  expect(actual.map((value) => value === null)).toEqual(expected.map((value) => value === null));
  const errors = actual.map((value, i) =>
    value === null ? 0 : Math.abs(value - (expected[i] as number)) / Math.max(Math.abs(expected[i] as number), least),
  );
  expect(errors.reduce((a, b) => Math.max(a, b), 0)).toBeLessThanOrEqual(tolerance);
}

/** Expects standard errors to differ by at most 10⁻⁵ of the index: where sales are fitted exactly, the residuals are rounding. */
export function expectErrorsClose(
  actual: readonly (number | null)[],
  { index, standardError }: { index: readonly (number | null)[]; standardError: readonly (number | null)[] },
): void {
  const parts = (errors: readonly (number | null)[]) => errors.map((error, i) => error && error / (index[i] as number));
  expectClose(parts(actual), parts(standardError), 1e-5, 1);
}
