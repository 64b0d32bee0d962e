import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'apps/*/test/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      '{infrastructure,local,benchmarks}/test/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    globalSetup: 'test/global-setup.ts',
    setupFiles: 'test/property-tests.ts',
    // One processor is left free otherwise, which on a machine with two is half of it; many tests wait for other processes anyway.
    maxWorkers: '100%',
    // Real parts take their time on a small machine; a hanging test still ends.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
