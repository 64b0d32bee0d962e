/** Starts the files that take longest first, so that none of them runs alone at the end. A fresh clone has no durations of an earlier run. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take more than 20 s of processor time, in descending order. */
const longest = [
  'local/test/system.system.test.ts',
  'apps/dashboard/test/page.system.test.ts',
  'apps/dashboard/test/views.system.test.ts',
  'packages/analytics/test/valuation/accuracy.system.test.ts',
  'local/test/deployment.system.test.ts',
  'local/test/stages.system.test.ts',
  'local/test/rotation.system.test.ts',
  'apps/dashboard/test/nsw-page.system.test.ts',
  'local/test/import-trials.system.test.ts',
  'packages/analytics/test/freshness.system.test.ts',
  'packages/imports/test/nsw-2024.system.test.ts',
  'apps/dashboard/test/reports-page.system.test.ts',
  'apps/dashboard/test/depth-page.system.test.ts',
  'apps/analytical/test/routes/imports.system.test.ts',
  'packages/analytics/test/replica.system.test.ts',
  'test/route-scopes.system.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/${name}`));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
