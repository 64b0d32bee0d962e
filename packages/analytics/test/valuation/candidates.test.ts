import fc from 'fast-check';
import { expect, test } from 'vitest';
import { around, readCandidates } from '../../src/valuation/candidates.ts';
import { subjectColumns } from '../../src/valuation/subject.ts';
import { FixtureMarket } from '../fixture-market.ts';

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
/** On both sides of the borders between cells, and on them. */
const degrees = fc.integer({ min: -12, max: 12 }).map((steps) => steps / 100);
const anySale = fc.record({
  property: fc.integer({ min: 1, max: 300 }),
  type: oneOf('House', 'Unit', null),
  locality: oneOf('Ashfield', 'Burwood', 'Croydon', null),
  region: oneOf('NSW', 'VIC', null),
  postcode: oneOf('2131', '2134', '2132', '3136', null),
  place: fc.option(fc.record({ latitude: degrees, longitude: degrees })),
  day: fc.integer({ min: 1, max: 28 }),
});

test('the candidates of a subject are all among the sales around it', async () => {
  const rows = fc.sample(anySale, { numRuns: 1000, seed: 7 }).map(({ place, day, ...sale }) => ({
    ...sale,
    ...place,
    contract_date: `2024-01-${String(day).padStart(2, '0')}`,
    price: 500_000,
    address: `${sale.property} Long St`,
  }));
  const market = FixtureMarket.create();
  const ids = market.write(rows);
  const compared = await (await market.store()).read(async (db) => {
    const compared = [];
    for (const id of ids.slice(0, 20)) {
      const subject = `SELECT 0 AS n, DATE '2024-02-01' AS day, ${subjectColumns.join(', ')}, NULL AS building FROM sale WHERE id = ${id}`;
      const place = await db.row<Record<string, string | number | null>>(
        `SELECT locality AS s_locality, postcode AS s_postcode, latitude AS s_latitude, longitude AS s_longitude FROM sale WHERE id = ${id}`,
      );
      const all = await readCandidates(db, subject, 'true', {}, 1000);
      expect(await readCandidates(db, subject, around, place, 1000)).toEqual(all);
      compared.push(all.get(0)?.length ?? 0);
    }
    return compared;
  });
  expect(Math.max(...compared)).toBeGreaterThan(50);
});
