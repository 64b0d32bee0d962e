import { readdir } from 'node:fs/promises';
import { setAside } from '@property-insights/database';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
  InvalidQuestion,
  questions,
  type Replica,
  summary,
  VersionAhead,
  VersionGone,
} from '../src/index.ts';
import { anySale, plainSale } from './sales.ts';
import { address, testMarket } from './test-market.ts';

const market = testMarket({ each: true });

async function rename(name: string): Promise<void> {
  await market.database.write({ marketId: market.id, kind: 'market', author: 'test' }, ({ client }) =>
    client.query('UPDATE market SET name = $2 WHERE id = $1', [market.id, name]),
  );
}

const ask = (replica: Replica, asOf?: number, cited?: string): Promise<Answer> =>
  replica.answer(summary, { market: 'test' }, { address, asOf, cited });

/** Every question's answer, or the reason why there is none. */
async function allAnswers(replica: Replica, asOf?: number): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const question of questions) {
    const parameters = { ...question.example, market: 'test' };
    answers[question.name] = await replica
      .answer(question, parameters, { address, asOf })
      .then(({ body }) => body.toString())
      .catch((error: unknown) => {
        if (error instanceof InvalidQuestion) return error.message;
        throw error;
      });
  }
  return answers;
}

const step = fc.oneof(
  fc.record({ added: fc.array(anySale, { maxLength: 20 }), retired: fc.array(fc.nat(), { maxLength: 5 }) }),
  fc.record({ place: fc.constantFrom('Parramatta', 'Mosman', null), latitude: fc.integer({ min: -40, max: -30 }) }),
  fc.record({ aside: fc.nat(), reason: fc.option(fc.constantFrom('a gift', 'in the family')) }),
  fc.record({ name: fc.constantFrom('One', 'Two', 'Three') }),
);

test('every question is answered as of each version as it was answered then, here, after a restart, and on another replica', async () => {
  const directory = await market.directory();
  let replica = await market.replica({ directory });
  let places: number[] = [];
  const answers = new Map<number, Record<string, string>>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      const from = (await ask(replica)).version;
      for (const step of steps) {
        const inForce = (await market.sales()).map(({ id }) => id).sort((a, b) => a - b);
        const chosen = (n: number) => inForce[n % inForce.length];
        if ('added' in step) {
          const retired = inForce.length > 0 ? step.retired.map(chosen) : [];
          await market.write(step.added, [...new Set(retired as number[])]);
        } else if ('place' in step) {
          const place = { name: step.place, postcode: '2150', latitude: step.latitude, longitude: 150 };
          places = await market.writePlaces([place], places);
        } else if ('aside' in step) {
          if (inForce.length > 0) await setAside(market.database, chosen(step.aside) as number, step.reason, 'test');
        } else await rename(step.name);
        answers.set((await ask(replica)).version, await allAnswers(replica));
      }
      market.close(replica);
      replica = await market.replica({ directory });
      const another = await market.replica();
      const to = (await ask(replica)).version;
      for (let version = from + 1; version <= to; version++) {
        expect(await allAnswers(replica, version)).toEqual(answers.get(version));
        expect(await allAnswers(another, version)).toEqual(answers.get(version));
      }
      market.close(another);
    }),
    { numRuns: 4 },
  );
});

describe('an earlier version', () => {
  test('is cited, and the cited answer is recognised', async () => {
    const replica = await market.replica();
    const { version } = await market.write([plainSale]);
    const then = await ask(replica);
    const url = new URL(then.citation.address);
    expect(url.searchParams.get('as_of')).toBe(String(version));
    const cited = url.searchParams.get('cited') as string;
    await market.write([plainSale]);
    const again = await ask(replica, version, cited);
    expect(again.citation).toEqual({ ...then.citation, same: true });
    expect((await ask(replica, undefined, cited)).citation).toMatchObject({ same: false, why: expect.any(String) });
    expect((await ask(replica, undefined)).citation).toMatchObject({ same: null, why: null });
  });

  test('is not there before the market has reached it, in a gap, and of a deleted market', async () => {
    const replica = await market.replica();
    const { version } = await market.write([plainSale]);
    await expect(ask(replica, version + 1)).rejects.toThrow(VersionAhead);
    await market.write([plainSale]);
    await market.administer(`INSERT INTO version_gap (market_id, first, last) VALUES (${market.id}, 1, ${version})`);
    await expect(ask(replica, version)).rejects.toThrow(VersionGone);
    await market.administer(`UPDATE market SET deleted_at = now() WHERE id = ${market.id}`);
    await expect(ask(replica, version + 1)).rejects.toThrow(VersionGone);
  });

  test('is exported', async () => {
    const replica = await market.replica();
    const { version } = await market.write([plainSale]);
    await market.write([plainSale, plainSale]);
    const read = async (asOf?: number) => {
      const { stream, version } = await replica.export('csv', { market: 'test' }, AbortSignal.timeout(60_000), asOf);
      return { version, rows: (await stream.toArray()).join('').trim().split('\n').length - 1 };
    };
    expect(await read(version)).toEqual({ version, rows: 1 });
    expect(await read()).toEqual({ version: version + 1, rows: 3 });
    expect(await read(version + 1)).toEqual({ version: version + 1, rows: 3 });
  });

  test('is deleted when the files of earlier versions take more than may be kept, and made again', async () => {
    const directory = await market.directory();
    const replica = await market.replica({ directory, maxPastBytes: 1 });
    const versions = [];
    for (let n = 0; n < 4; n++) versions.push((await market.write([plainSale])).version);
    for (const [n, version] of versions.entries()) {
      expect(JSON.parse((await ask(replica, version)).body.toString()).sales).toBe(n + 1);
      const past = (await readdir(directory)).filter((name) => name.startsWith(`${market.id}@`));
      expect(past.length).toBeLessThanOrEqual(1);
    }
    expect((await ask(replica, versions[0], '1-0000000000000000')).version).toBe(versions[0]);
  });
});
