import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// For the tests' own processes, services and worker threads: a thread that imports files loads its modules in half the time.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url));

const tests = '{apps/*/,packages/*/,infrastructure/,local/,benchmarks/,}test/**/*.test.ts';
const systemTests = '**/*.system.test.ts';

export default defineConfig({
  test: {
    setupFiles: 'test/property-tests.ts',
    // Files share the modules of their worker: the AWS CDK alone takes two seconds to load. No test replaces a module or leaves a global changed.
    isolate: false,
    // Generous, for a machine whose processors are all busy; a hanging test still ends.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [tests],
          exclude: [systemTests, '**/node_modules/**'],
          maxWorkers: '100%', // the default leaves one processor free, which on a machine with two is half of it
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: [systemTests],
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/global-setup.ts',
          sequence: { groupOrder: 1 }, // after the unit tests
          maxWorkers: availableParallelism() + 2, // these tests mostly wait for other processes
        },
      },
    ],
  },
});
