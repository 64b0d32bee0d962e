/** Properties of every question, including ones added later. The figures of a question are tested in its own file. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Filters, InvalidQuestion, type Question, questions } from '../../src/index.ts';
import { type FixtureStore, fixtureMarket } from '../fixture-market.ts';
import { anySale } from '../sales.ts';
import { anyFilters } from './random-market.ts';

const market = fixtureMarket();
let store: FixtureStore;

beforeAll(async () => {
  market.write(fc.sample(anySale, { numRuns: 300, seed: 5 }));
  store = await market.store();
});

const takesFilters = (question: Question) => 'sold_from' in question.parameters.properties;
const filtered = questions.filter(takesFilters);

/** Its example, for the test market. */
function exampleOf(question: Question): Record<string, unknown> {
  const id = market.sales[0]?.property_id;
  return { ...question.example, market: 'test', ...(question.name === 'property' && { id }) };
}

/** The answer; a refusal counts as one. */
async function ask(question: Question, parameters: object): Promise<Record<string, unknown> | string> {
  try {
    return (await store.ask(question, parameters as never)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof InvalidQuestion) return error.message;
    throw error;
  }
}

/** Checks a few filters for each question. The first failure is reported as it is. */
const holds = (check: (filters: Filters) => Promise<void>) =>
  fc.assert(fc.asyncProperty(anyFilters, check), { numRuns: 5, endOnFailure: true });

describe('every question', () => {
  test('has an example that fits its parameters, and is compared with a reference', async () => {
    const tests = await Array.fromAsync(glob('../**/*.test.ts', { cwd: import.meta.dirname }));
    const sources = tests
      .filter((path) => !path.endsWith('every-question.test.ts'))
      .map((path) => readFileSync(`${import.meta.dirname}/${path}`, 'utf8'))
      .join('\n');
    const constant = ({ name }: Question) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
    expect(questions.filter(({ example }) => example === undefined).map(({ name }) => name)).toEqual([]);
    // Each is asked by a test that knows the answer.
    const compared = (question: Question) =>
      new RegExp(`(ask|answer)\\(${constant(question)}\\b|\\b${constant(question)}\\.ask\\(`).test(sources);
    expect(questions.filter((question) => !compared(question)).map(({ name }) => name)).toEqual([]);
  });

  test('states what changed in its answers since it was released', () => {
    // Questions of this release: nothing of them was cited before.
    const added = ['changes', 'histograms', 'index-pairs', 'index-revisions', 'property-details'];
    const without = questions.filter(({ methodChanges = [] }) => methodChanges.length === 0);
    expect(without.map(({ name }) => name).sort()).toEqual(added);
    const covered = questions.filter(
      ({ name, result }) =>
        !added.includes(name) && 'covered' in ((result as { properties?: object }).properties ?? {}),
    );
    expect(covered.length).toBeGreaterThan(10);
    for (const { name, methodChanges = [] } of covered) {
      expect(
        methodChanges.some(({ sentence }) => sentence.includes('covered period')),
        name,
      ).toBe(true);
    }
  });

  test('is answered as before when added sales are retired', async () => {
    const answers = () => Promise.all(questions.map((question) => ask(question, exampleOf(question))));
    const before = await answers();
    const ids = market.write([
      ...fc.sample(anySale, { numRuns: 80, seed: 6 }),
      // Something new for every question: a new area, a property sold again, an address that begins as the example does.
      ...fc.sample(anySale, { numRuns: 5, seed: 7 }).map((sale) => ({
        ...sale,
        ...{ price: 9_000_000, contract_date: '2024-05-01', non_standard: null, dealing: null, property: 1 },
        ...{ region: 'NT', locality: 'Greenwood', street: 'Greene St', address: '1 Greene St', postcode: '0800' },
      })),
    ]);
    const between = await answers();
    for (const [i, { name }] of questions.entries()) {
      if (name !== 'property') expect(between[i], name).not.toEqual(before[i]);
    }
    market.write([], ids);
    expect(await answers()).toEqual(before);
  });

  test.each(filtered.map((question) => [question.name, question] as const))(
    '%s is the same however its filters are written',
    (_, question) =>
      holds(async (filters) => {
        const given = Object.entries({ ...exampleOf(question), ...filters });
        const turned = given.toReversed().map(([name, value]) => {
          if (!Array.isArray(value)) return [name, value];
          // The order of `area` and `method` is that of the answer.
          if (['area', 'method'].includes(name)) return [name, value];
          if (name === 'reason') return [name, value.toReversed()];
          return [name, [...value.toReversed().map((each) => each.toUpperCase()), value[0]]];
        });
        expect(await ask(question, Object.fromEntries(turned))).toEqual(await ask(question, Object.fromEntries(given)));
      }),
  );
});

/** The number of sales that an answer is about. A question that takes filters must be here or in `exempt`. */
const salesOf: Record<string, (answer: never) => number> = {
  summary: ({ sales }: { sales: number }) => sales,
  trend: ({ periods }: { periods: { sales: number }[] }) => sum(periods.map(({ sales }) => sales)),
  distribution: ({ sales, without }: { sales: number; without: number }) => sales + without,
  areas: ({ areas, unplaced }: { areas: { sales: number }[]; unplaced: number }) =>
    sum(areas.map(({ sales }) => sales)) + unplaced,
  compare: ({ all }: { all: { sales: number } }) => all.sales,
  'price-index': ({ sales }: { sales: number }) => sales,
  facets: ({ standard }: { standard: { true: number } }) => standard.true,
  sales: ({ total }: { total: number }) => total,
  map: ({ sales, unlocated }: { sales: number; unlocated: number }) => sales + unlocated,
  histograms: ({ time }: { time: { bins: { sales: number }[]; without: number } }) =>
    sum(time.bins.map(({ sales }) => sales)) + time.without,
  quality: ({ sales }: { sales: number }) => sales,
};
// The first counts pairs; the third properties, of which one may have a sale in each part; the last leaves out sales that state no region.
const exempt = ['index-pairs', 'index-revisions', 'property-summary', 'property-details'];

/** The method that has an index wherever there are sales. */
const onlyMethod = ({ name }: Question) => name === 'price-index' && { method: ['median'] };

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

describe('sums over parts equal the whole', () => {
  test('of every question that takes filters', () => {
    const without = filtered.map(({ name }) => name).filter((name) => !(name in salesOf) && !exempt.includes(name));
    expect(without).toEqual([]);
  });

  test.each(filtered.filter(({ name }) => name in salesOf).map((question) => [question.name, question] as const))(
    '%s',
    (_, question) =>
      holds(async ({ price_min, price_max, ...filters }) => {
        const all = { ...exampleOf(question), ...filters, standard: 'true', ...onlyMethod(question) };
        const count = async (part: object) => {
          const answer = await ask(question, { ...all, ...part });
          // There is no index without a sale that has a price and a date.
          return typeof answer === 'string' ? 0 : (salesOf[question.name] as (answer: object) => number)(answer);
        };
        const [low, high] = [price_min ?? 1_000_000, price_max ?? 3_000_000];
        const parts = [{ price_max: low - 1 }, { price_min: low, price_max: high }, { price_min: high + 1 }];
        if (low === 0) parts.shift();
        const counts = [];
        for (const part of parts) counts.push(await count(part));
        expect(sum(counts)).toBe(await count({}));
      }),
  );
});
