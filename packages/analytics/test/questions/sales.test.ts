import fc from 'fast-check';
import type { Static } from 'typebox';
import { describe, expect, test } from 'vitest';
import { property, sales } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { holdsForAll, randomMarket } from './random-market.ts';
import { tamperedValues } from './tampered-values.ts';

const random = randomMarket();

describe('sales', () => {
  const choices = fc.record({
    sort: fc.constantFrom('contract_date' as const, 'price' as const, 'address' as const, 'land_area' as const),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.constantFrom(7, 100, 1000),
  });

  test('are those that fit, each on one page, in the order requested', () =>
    holdsForAll(choices, async (filters, choices) => {
      const { sort, order, limit } = choices;
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const found: Static<typeof sales.result>['sales'] = [];
      let cursor: string | null | undefined;
      do {
        const page = await random.ask(sales, { ...filters, ...choices, cursor: cursor ?? undefined });
        expect(page.total).toBe(selected.length);
        expect(page.left_out).toEqual(reference.leftOut(leftOut, notStated));
        expect(page.sales.length).toBeLessThanOrEqual(limit);
        found.push(...page.sales);
        cursor = page.next;
      } while (cursor && found.length < 60);
      if (!cursor) expect(found.map(({ id }) => id).sort()).toEqual(selected.map(({ id }) => id).sort());
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      const direction = order === 'asc' ? 1 : -1;
      for (const [i, sale] of found.entries()) {
        expect(sale).toEqual(pick(random.rows.find(({ id }) => id === sale.id) as reference.Row, sale));
        const [before, value] = [found[i - 1]?.[sort], sale[sort]];
        if (i === 0 || before === undefined) continue;
        if (before === null || value === null) expect(value).toBe(null);
        else if (typeof before === 'number') expect((Number(value) - before) * direction).toBeGreaterThanOrEqual(0);
        else expect(Buffer.compare(Buffer.from(`${value}`), Buffer.from(before)) * direction).toBeGreaterThanOrEqual(0);
      }
    }));

  test('begin at any position', async () => {
    const all = await random.ask(sales, { sort: 'price', order: 'asc', limit: 1000 });
    for (const skip of [0, 1, 250, all.total - 1, all.total, all.total + 5]) {
      const page = await random.ask(sales, { sort: 'price', order: 'asc', limit: 20, skip });
      expect(page.total).toBe(all.total);
      expect(page.sales).toEqual(all.sales.slice(skip, skip + 20));
    }
    const { next } = await random.ask(sales, { limit: 1 });
    await expect(random.ask(sales, { skip: 1, cursor: next as string })).rejects.toThrow('omit one of them');
  });

  /** The members that a sale has, of its row. */
  function pick(row: reference.Row, members: object): object {
    return Object.fromEntries(Object.keys(members).map((name) => [name, row[name as keyof reference.Row]]));
  }

  test('refuse a wrong cursor with where a cursor comes from', async () => {
    const cursor = (await random.ask(sales, { sort: 'price', limit: 1 })).next as string;
    for (const wrong of ['nonsense', Buffer.from('[1]').toString('base64url'), cursor]) {
      await expect(random.ask(sales, { cursor: wrong })).rejects.toThrow(
        'cursor must be the `next` of the previous page',
      );
    }
  });
});

test.each(['contract_date', 'price', 'address', 'land_area'] as const)(
  'a tampered cursor of sales by %s is answered or refused',
  async (sort) => {
    for (const value of tamperedValues) {
      for (const id of [1, Number.MAX_SAFE_INTEGER, -1]) {
        const cursor = Buffer.from(`[${value},${id}]`).toString('base64url');
        const asked = random.ask(sales, { sort, cursor }).catch((error) => error.message);
        expect(await asked).toEqual(
          expect.toSatisfy((answer) => typeof answer === 'object' || /^cursor must be/.test(answer)),
        );
      }
    }
  },
);

describe('property', () => {
  test('has every sale in force, latest first, with the change since the standard sale before', async () => {
    for (const [id, rows] of Map.groupBy(random.rows, ({ property_id }) => property_id)) {
      const result = await random.ask(property, { id });
      expect(result.covered).toEqual(reference.covered(random.rows, rows));
      expect(result.total).toBe(rows.length);
      expect(result.sales.map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id).sort());
      expect(result.address).toBe(result.sales[0]?.address);
      const days = result.sales.map(({ contract_date }) => contract_date ?? '');
      expect(days).toEqual(days.toSorted().reverse());
      const standard = result.sales.filter((sale) => sale.non_standard === null && sale.contract_date !== null);
      for (const [i, sale] of standard.entries()) {
        const before = standard[i + 1];
        expect(sale.sold_before).toBe(before?.contract_date ?? null);
        if (before?.price) expect(sale.change).toBeCloseTo(sale.price / before.price - 1, 10);
        else expect(sale.change).toBe(null);
      }
    }
  });

  test('that does not exist is refused', async () => {
    await expect(random.ask(property, { id: 987_654 })).rejects.toThrow(
      'Test Market has no property 987654 with a sale in force',
    );
  });
});
