import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { propertyInsights } from '../src/formats/property-insights.ts';
import type { Sale } from '../src/index.ts';
import { syntheticMarket } from '../src/synthetic.ts';
import { readText } from './helpers.ts';

describe('the synthetic market of 50,000 sales', () => {
  let text: string;
  let sales: Sale[];
  beforeAll(async () => {
    text = [...syntheticMarket({ sales: 50_000 })].join('');
    const read = await readText(propertyInsights, text, 65_536);
    expect(read.rejects).toEqual([]);
    sales = read.sales;
  });

  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
  const prices = (wanted: (sale: Sale) => boolean) =>
    sales.filter((sale) => sale.nonStandard === null && wanted(sale)).map(({ price }) => price);

  test('is the same every time, and another with another seed', () => {
    const digest = (seed: number) => {
      const hash = createHash('sha256');
      for (const piece of syntheticMarket({ sales: 2_000, seed })) hash.update(piece);
      return hash.digest('hex').slice(0, 16);
    };
    expect(digest(1)).toBe('1ef060889c73df63');
    expect(digest(2)).not.toBe(digest(1));
  });

  test('has that many sales, each with a key of its own', () => {
    expect(sales).toHaveLength(50_000);
    expect(new Set(sales.map(({ key }) => key)).size).toBe(50_000);
  });

  test('covers the eight states and territories, the large ones most', () => {
    const byRegion = Map.groupBy(sales, ({ region }) => region);
    expect([...byRegion].sort(([, a], [, b]) => b.length - a.length).map(([region]) => region)).toEqual([
      'NSW',
      'VIC',
      'QLD',
      'WA',
      'SA',
      'TAS',
      'ACT',
      'NT',
    ]);
  });

  test('runs through ten years, to December 2025, with a quiet January', () => {
    const months = new Set(sales.map(({ contractDate }) => contractDate?.slice(0, 7)));
    expect(months.size).toBe(120);
    expect([...months].sort()[0]).toBe('2016-01');
    expect([...months].sort().at(-1)).toBe('2025-12');
    const inMonth = (month: string) => sales.filter(({ contractDate }) => contractDate?.slice(5, 7) === month).length;
    expect(inMonth('01')).toBeLessThan(0.7 * inMonth('11'));
  });

  test('settles each sale after its contract', () => {
    expect(sales.every((sale) => (sale.settlementDate as string) > (sale.contractDate as string))).toBe(true);
  });

  test('has grown in each state, by as much as its rates say within a tenth', () => {
    // 1.12 × 1.04 × … × 1.06 for New South Wales; the mix of dwellings is the same at either end.
    for (const [region, nineYears] of [
      ['NSW', 1.45],
      ['QLD', 1.83],
    ] as const) {
      const at = (year: string) =>
        median(prices((sale) => sale.region === region && sale.contractDate?.startsWith(year) === true));
      expect(at('2025') / at('2016')).toBeGreaterThan(nineYears * 0.85);
      expect(at('2025') / at('2016')).toBeLessThan(nineYears * 1.15);
    }
  });

  test('has dear and cheap places, and units below houses', () => {
    const lately = (wanted: (sale: Sale) => boolean) =>
      median(prices((sale) => (sale.contractDate as string) >= '2023' && wanted(sale)));
    const mosman = lately(({ locality, type }) => locality === 'Mosman' && type === 'House');
    const dubbo = lately(({ locality, type }) => locality === 'Dubbo' && type === 'House');
    expect(mosman / dubbo).toBeGreaterThan(5);
    expect(lately(({ type, region }) => type === 'Unit' && region === 'NSW')).toBeLessThan(
      lately(({ type, region }) => type === 'House' && region === 'NSW'),
    );
  });

  test('has properties that sold again, sizes where there is a dwelling, and a few sales that are not standard', () => {
    const times = [...Map.groupBy(sales, ({ propertyKey }) => propertyKey).values()].map((group) => group.length);
    const again = times.filter((count) => count > 1).length / times.length;
    expect(again).toBeGreaterThan(0.25);
    expect(again).toBeLessThan(0.45);
    expect(sales.every(({ type, bedrooms }) => (type === 'Land') === (bedrooms === null))).toBe(true);
    expect(new Set(sales.map(({ type }) => type))).toEqual(new Set(['House', 'Unit', 'Townhouse', 'Land']));
    const share = sales.filter(({ nonStandard }) => nonStandard !== null).length / sales.length;
    expect(share).toBeGreaterThan(0.005);
    expect(share).toBeLessThan(0.02);
  });

  test('keeps its coordinates near their localities', () => {
    for (const { latitude, longitude } of sales.filter(
      ({ locality, region }) => locality === 'Hobart' && region === 'TAS',
    )) {
      expect(Math.abs((latitude as number) + 42.88)).toBeLessThan(0.06);
      expect(Math.abs((longitude as number) - 147.33)).toBeLessThan(0.06);
    }
  });
});
