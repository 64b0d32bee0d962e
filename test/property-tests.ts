/**
 * Property tests generate the same cases on every run, so that whether a change passes doesn't hang on luck. To explore others:
 * `FAST_CHECK_SEED=$RANDOM FAST_CHECK_RUNS=20000 npx vitest run FILE`, the number of runs being for tests that don't set their own.
 */
import fc from 'fast-check';

const { FAST_CHECK_SEED, FAST_CHECK_RUNS } = process.env;

fc.configureGlobal({
  seed: FAST_CHECK_SEED ? Number(FAST_CHECK_SEED) : 20_260_101,
  ...(FAST_CHECK_RUNS ? { numRuns: Number(FAST_CHECK_RUNS) } : {}),
});
