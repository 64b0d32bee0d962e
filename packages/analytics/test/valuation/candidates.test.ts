import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, readCandidates, readCandidatesOf } from '../../src/valuation/candidates.ts';
import { building, type Subject, subjectColumns } from '../../src/valuation/subject.ts';
import { FixtureMarket, type SaleFixture } from '../fixture-market.ts';

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

/** What ties are not ordered by. */
const byId = (candidates: Candidate[]) => candidates.sort((a, b) => a.id - b.id);

test.each([{ wide: false }, { wide: true }])(
  'a subject has the same candidates alone as among many (elsewhere in the region: $wide)',
  async ({ wide }) => {
    const rows = fc.sample(anySale, { numRuns: 1000, seed: 7 }).map(({ place, day, ...sale }) => ({
      ...sale,
      ...place,
      contract_date: `2024-01-${String(day).padStart(2, '0')}`,
      price: 500_000,
      address: `${sale.property} Long St`,
    }));
    const market = FixtureMarket.create();
    const ids = market.write(rows).slice(0, 20);
    const day = '2024-02-01';
    const compared = await (await market.store()).read(async (db) => {
      const subjects = `SELECT id AS n, DATE '${day}' AS day, ${subjectColumns.join(', ')}, ${building} AS building FROM sale WHERE id IN (${ids.join(', ')})`;
      const all = await readCandidates(db, subjects, 'true', {}, 1000, wide);
      const described = await db.rows<Subject & { n: number; day: string }>(subjects);
      for (const { n, day, ...subject } of described) {
        const alone = await readCandidatesOf(db, subject, day, 'true', {}, 1000, wide);
        const among = (all.get(n) ?? []).map(({ n: _, ...candidate }: Candidate & { n?: number }) => candidate);
        expect(byId(alone)).toEqual(byId(among));
      }
      return [...all.values()].map(({ length }) => length);
    });
    expect(compared).toHaveLength(20);
    expect(Math.max(...compared)).toBeGreaterThan(50);
  },
);

test('of equal sales, the keys of their sources decide which are candidates, not the order of imports', async () => {
  const sold = { type: 'House', locality: 'Ashfield', region: 'NSW', contract_date: '2024-01-02', price: 500_000 };
  const rows = ['c', 'a', 'b'].map((key, i) => ({ ...sold, key, address: '1 Long St', property: i + 1 }));
  const found = async (rows: SaleFixture[]) => {
    const market = FixtureMarket.create();
    market.write(rows);
    return (await market.store()).read(async (db) => {
      const columns = subjectColumns.map((name) => (name === 'property_id' ? 'NULL::BIGINT AS property_id' : name));
      const subjects = `SELECT 0 AS n, DATE '2024-02-01' AS day, ${columns.join(', ')}, NULL AS building FROM sale WHERE key = 'a'`;
      const { n: _, day, ...subject } = await db.row<Subject & { n: number; day: string }>(subjects);
      const among = (await readCandidates(db, subjects, 'true', {}, 2)).get(0) ?? [];
      const alone = await readCandidatesOf(db, subject, day, 'true', {}, 2);
      return [among, alone].map((candidates) => candidates.map(({ key }) => key));
    });
  };
  expect(await found(rows)).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(await found(rows.toReversed())).toEqual(await found(rows));
});
