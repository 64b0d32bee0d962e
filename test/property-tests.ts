/**
 * Property tests generate the same cases on every run, so that the same code always passes or always fails. To try other cases:
 * `FAST_CHECK_SEED=$RANDOM FAST_CHECK_RUNS=20000 npx vitest run FILE`. Tests that set their own number of runs ignore `FAST_CHECK_RUNS`.
 */
import fc from 'fast-check';

const { FAST_CHECK_SEED, FAST_CHECK_RUNS } = process.env;

fc.configureGlobal({
  seed: FAST_CHECK_SEED ? Number(FAST_CHECK_SEED) : 20_260_101,
  ...(FAST_CHECK_RUNS ? { numRuns: Number(FAST_CHECK_RUNS) } : {}),
});
