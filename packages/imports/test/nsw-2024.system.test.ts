import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAnalytical } from '../../../apps/analytical/src/app.ts';
import { countRevisions } from '../../../test/database.ts';
import { withoutSharedData } from '../../../test/shared-data.ts';
import { Replica } from '../../analytics/src/index.ts';
import { JobQueue } from '../src/index.ts';
import type { JobReport } from '../src/jobs/job-record.ts';
import { nswZips } from './helpers.ts';
import { ImportBench, silent } from './import-bench.ts';

const known = [
  ['Parramatta', 909, 640_000],
  ['Blacktown', 1_136, 805_000],
  ['Dubbo', 891, 560_000],
  ['Mosman', 637, 2_700_000],
] as const;

/** One of the sales in Blacktown has a nominal price. */
const withoutNominal = known.map(
  ([locality, sales, median]) => [locality, locality === 'Blacktown' ? sales - 1 : sales, median] as const,
);

/** The analytical service on what was imported here: to import all of it once more, for a test beside the service's own, would take too long. */
class Api {
  readonly #app: Awaited<ReturnType<typeof createAnalytical>>;
  readonly #replica: Replica;
  readonly #jobs: JobQueue;

  static async open({ database, directory }: ImportBench): Promise<Api> {
    const replica = await Replica.open({ directory: join(directory, 'replica'), database, log: silent });
    const jobs = new JobQueue({ directory: join(directory, 'uploads'), database, log: silent });
    const app = await createAnalytical({
      database,
      replica: Promise.resolve(replica),
      jobs,
      dashboard: '',
      log: silent,
    });
    return new Api(app, replica, jobs);
  }

  private constructor(app: Awaited<ReturnType<typeof createAnalytical>>, replica: Replica, jobs: JobQueue) {
    this.#app = app;
    this.#replica = replica;
    this.#jobs = jobs;
  }

  async get(url: string): Promise<Record<string, unknown>> {
    return (await this.#app.inject(url)).json();
  }

  async close(): Promise<void> {
    await this.#app.close();
    await this.#jobs.close();
    this.#replica.close();
  }
}

/** Files in a quarter of the year. */
const quarter = 13;

// An import of the whole year takes a quarter of a minute on an idle machine, minutes on a busy one.
const longTimeout = 600_000;

describe.skipIf(withoutSharedData('nsw-psi-2024'))(
  'New South Wales, all 53 weekly files of 2024',
  { timeout: longTimeout },
  () => {
    const bench = new ImportBench();
    let report: JobReport & { id: string };
    // What is in force, with the reason for which a sale is not standard: in a shared dealing, or what its own row states.
    const sold = `WITH sold AS (
    SELECT *, CASE WHEN count(*) OVER (PARTITION BY dealing) > 1 THEN 'shared dealing' ELSE non_standard END AS reason
    FROM sale WHERE market_id = $1 AND retired_by IS NULL)`;

    beforeAll(async () => {
      report = await bench.import(nswZips());
    }, longTimeout);

    test('216,857 records are read, and 202,716 distinct sales are in force', async () => {
      expect(report).toMatchObject({
        state: 'finished',
        changed: true,
        error: null,
        rows_read: 216_857,
        accepted: 202_716,
        duplicate: 0,
        superseding: 0,
        superseded: 14_141,
        deleted: 0,
        rejected: 0,
      });
      const [inForce] = await bench.query('SELECT count(*) FROM sale WHERE market_id = $1 AND retired_by IS NULL', [
        bench.marketId,
      ]);
      expect(inForce).toEqual({ count: 202_716 });
    });

    test('the import row and the revision state the same', async () => {
      const [row] = await bench.query(
        `SELECT import.*, revision.sales_added, revision.sales_retired, revision.version FROM import JOIN revision ON revision.id = revision_id
       WHERE import.id = $1`,
        [report.id],
      );
      expect(row).toMatchObject({
        state: 'finished',
        stage: null,
        format: 'nsw-psi',
        rows_read: 216_857,
        accepted: 202_716,
        superseded: 14_141,
        sales_added: 202_716,
        sales_retired: 0,
        version: 2,
        error: null,
      });
      expect(row?.bytes_read).toBe(row?.bytes_total);
    });

    test('171,439 residences are standard sales, and the rest are left out for the reasons known', async () => {
      const rows = await bench.query(
        `${sold} SELECT reason, count(*) FROM sold WHERE type IN ('House', 'Unit') GROUP BY 1 ORDER BY 1`,
        [bench.marketId],
      );
      expect(rows).toEqual([
        { reason: 'contract date before 1900', count: 17 },
        { reason: 'part interest', count: 521 },
        { reason: 'shared dealing', count: 5_425 },
        { reason: null, count: 171_439 },
      ]);
    });

    test.each(known)('%s: %i standard residences with a median of %i', async (locality, sales, median) => {
      const [row] = await bench.query(
        `${sold} SELECT count(*) AS sales, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS median FROM sold
       WHERE reason IS NULL AND type IN ('House', 'Unit') AND locality = $2`,
        [bench.marketId, locality],
      );
      expect(row).toEqual({ sales, median });
    });

    test('the API returns the same figures', async () => {
      const api = await Api.open(bench);
      try {
        const residences = 'market=nsw&type=House&type=Unit';
        const summary = await api.get(`/api/analytics/summary?${residences}`);
        expect(summary).toMatchObject({
          sales: 171_362,
          // Twelve sales are part interests in shared dealings: the replica states what a row has against itself first, the query above the dealing.
          left_out: {
            count: 6_040,
            by_reason: {
              'shared dealing': 5_413,
              'part interest': 533,
              'contract date before 1900': 17,
              'nominal price': 77,
            },
          },
        });
        for (const [locality, sales, median] of withoutNominal) {
          const { areas } = await api.get(`/api/analytics/areas?${residences}&locality=${locality}`);
          expect(areas).toMatchObject([{ area: locality, sales, median }]);
        }
        expect(await api.get('/api/analytics/sales?market=nsw&standard=all&limit=1')).toMatchObject({ total: 202_716 });
      } finally {
        await api.close();
      }
    });

    test('importing a quarter of them again changes nothing, and says so', async () => {
      const versionBefore = await countRevisions(bench.database);
      const again = await bench.import(nswZips().slice(-quarter));
      expect(again).toMatchObject({ state: 'finished', changed: false, accepted: 0, superseding: 0, rejected: 0 });
      expect(again.duplicate).toBeGreaterThan(40_000);
      expect(again.duplicate + again.superseded).toBe(again.rows_read);
      expect(await countRevisions(bench.database)).toEqual(versionBefore);
      const [row] = await bench.query('SELECT state, revision_id FROM import WHERE id = $1', [again.id]);
      expect(row).toEqual({ state: 'finished', revision_id: null });
    });

    // A quarter has corrections of sales in its own files, too: the whole year would only take longer.
    test('a quarter of the files in reverse order, in four imports, gives the same market as in one', async () => {
      const zips = nswZips().slice(-quarter);
      const atOnce = await bench.addMarket('quarter');
      const { superseded } = await bench.import(zips, { marketId: atOnce });
      expect(superseded).toBeGreaterThan(100);
      const reversed = await bench.addMarket('reversed');
      zips.reverse();
      for (let i = 0; i < zips.length; i += 4) await bench.import(zips.slice(i, i + 4), { marketId: reversed });
      const content = (
        market: string,
      ) => `SELECT sale.key, fingerprint, issued_at, price, address, non_standard, property.key AS property
      FROM sale JOIN property ON property.id = property_id WHERE sale.market_id = ${market} AND retired_by IS NULL`;
      const differences = await bench.query(
        `(${content('$1')} EXCEPT ${content('$2')}) UNION ALL (${content('$2')} EXCEPT ${content('$1')})`,
        [atOnce, reversed],
      );
      expect(differences).toEqual([]);
    });
  },
);
