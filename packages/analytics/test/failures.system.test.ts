/** Whatever happens to the file of one market, or to the process: no wrong answer, other markets answered, and recovery without help. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../src/connection.ts';
import { InvalidQuestion, Loading, MarketUnavailable, type Replica, summary, TimedOut } from '../src/index.ts';
import { anySale, plainSale } from './sales.ts';
import { address, testMarket } from './test-market.ts';

const market = testMarket({ each: true });

async function sales(replica: Replica, code = 'test', asOf?: number): Promise<number> {
  const answer = await replica.answer(summary, { market: code, standard: 'all' }, { address, asOf });
  return JSON.parse(answer.body.toString()).sales;
}

/** The files of a market, by the beginning of their names. */
async function filesOf(directory: string, of: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith(`${of}-`)).map((name) => join(directory, name));
}

/** A time that PostgreSQL takes, and DuckDB does not. */
const beyond = `'294276-01-01'`;

describe('a change that cannot be applied', () => {
  test('concerns its market alone, which is answered again as soon as the change is undone', async () => {
    const replica = await market.replica();
    await market.write([plainSale]);
    expect([await sales(replica), await sales(replica, 'demo')]).toEqual([1, 3]);
    const { ids, version } = await market.write([plainSale]);
    await market.administer(`UPDATE sale SET issued_at = ${beyond} WHERE id = ${ids[0]}`);
    await expect(sales(replica)).rejects.toThrow(MarketUnavailable);
    expect(await sales(replica, 'demo')).toBe(3);
    expect(replica.unavailableMarkets).toEqual(['test']);
    expect(await replica.secondsBehind()).toBeGreaterThan(0);
    // The earlier version is not affected, and the later one only itself.
    expect(await sales(replica, 'test', version - 1)).toBe(1);
    await market.write([], ids);
    expect(await sales(replica)).toBe(1);
    expect(replica.unavailableMarkets).toEqual([]);
    expect(await replica.secondsBehind()).toBe(0);
    await expect(sales(replica, 'test', version)).rejects.toThrow(MarketUnavailable);
    expect(await sales(replica)).toBe(1);
    expect(replica.unavailableMarkets).toEqual([]);
  });

  test('is not tried again for each question, and states when it will be', async () => {
    const replica = await market.replica();
    const { ids } = await market.write([plainSale]);
    await market.administer(`UPDATE sale SET issued_at = ${beyond} WHERE id = ${ids[0]}`);
    await expect(sales(replica)).rejects.toThrow(MarketUnavailable);
    await market.administer(`UPDATE sale SET issued_at = NULL WHERE id = ${ids[0]}`);
    const error = await sales(replica).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MarketUnavailable);
    expect((error as MarketUnavailable).retryAfterSeconds).toBeGreaterThan(0);
    expect((error as MarketUnavailable).retryAfterSeconds).toBeLessThanOrEqual(5);
  });
});

describe('a file', () => {
  test.each([
    ['of another market', '1', (id: number) => String(id)],
    ['of an earlier version', '@', (id: number) => String(id)],
    ['of the current version', '', (id: number) => `${id}@2`],
  ])('%s is not taken for the one whose name it has', async (_, from, to) => {
    const directory = await market.directory();
    const before = await market.replica({ directory });
    await market.write([plainSale]);
    await market.write([plainSale, plainSale]);
    const expected = [3, await sales(before, 'demo'), 1];
    const all = async (replica: Replica) => [
      await sales(replica),
      await sales(replica, 'demo'),
      await sales(replica, 'test', 2),
    ];
    expect(await all(before)).toEqual(expected);
    market.close(before);
    const source = from === '@' ? `${market.id}@2` : from || String(market.id);
    const [[wrong], [name]] = [await filesOf(directory, source), await filesOf(directory, to(market.id))];
    await copyFile(wrong as string, name as string);
    expect(await all(await market.replica({ directory }))).toEqual(expected);
  });

  test('that is damaged while it is open costs no right answer', async () => {
    const directory = await market.directory();
    const replica = await market.replica({ directory });
    await market.write(fc.sample(anySale, { numRuns: 2_000, seed: 3 }));
    expect(await sales(replica)).toBe(2_000);
    const [file] = (await filesOf(directory, String(market.id))) as [string];
    const content = await readFile(file);
    await writeFile(file, content.fill(0xa5, 12_288));
    await market.write([plainSale]);
    expect(await sales(replica)).toBe(2_001);
    expect(await sales(replica, 'demo')).toBe(3);
    market.close(replica);
    expect(await sales(await market.replica({ directory }))).toBe(2_001);
  });
});

test('an error after which DuckDB refuses all statements is reported once, and fills no file again', async () => {
  const errors: unknown[] = [];
  const directory = await market.directory();
  const replica = await market.replica({ directory, onFatal: (error) => errors.push(error) });
  expect(await sales(replica)).toBe(0);
  const files = await filesOf(directory, String(market.id));
  const broken = (message: string) => ({ ...summary, ask: () => Promise.reject(new Error(message)) });
  const messages = [
    'INTERNAL Error: Attempted to access',
    'FATAL Error: Failed: database has been',
    'IO Error: No space',
  ];
  for (const message of messages) {
    await expect(replica.answer(broken(message), { market: 'test' }, { address })).rejects.toThrow(message);
  }
  expect(errors).toEqual([new Error(messages[0])]);
  expect(await filesOf(directory, String(market.id))).toEqual(files);
});

test('the preparation of a question is made once, after a check, and continues after the time limit', async () => {
  let made = 0;
  const released = Promise.withResolvers<void>();
  const preparation = {
    name: 'a model',
    key: () => 'test',
    isCommon: () => true,
    check: async (_: Connection, { standard }: { standard?: string }) => {
      if (standard === 'false') throw new InvalidQuestion('standard', 'invalid');
    },
    do: () => {
      made += 1;
      return released.promise;
    },
  };
  const replica = await market.replica({ queryTimeout: 500 });
  const ask = (standard: 'true' | 'false' | 'all') =>
    replica.answer({ ...summary, preparation }, { market: 'demo', standard }, { address });
  await expect(ask('false')).rejects.toThrow(InvalidQuestion);
  expect(made).toBe(0);
  const refused = await Promise.allSettled([ask('true'), ask('all')]);
  for (const each of refused) expect(each).toMatchObject({ reason: new TimedOut(500, 'a model') });
  released.resolve();
  const answered = () =>
    ask('all').then(
      () => true,
      () => false,
    );
  await expect.poll(answered, { timeout: 60_000 }).toBe(true);
  await ask('true');
  expect(made).toBe(1);
});

test('windows over few rows do not fail now and then', { timeout: 120_000 }, async () => {
  const replica = await market.replica();
  const counted = `WITH one AS (FROM range(1) AS t(x)), kept AS (FROM one WHERE x > 5 UNION ALL FROM one WHERE NOT EXISTS (FROM one WHERE x > 5))
    SELECT x, count(*) OVER () AS total FROM kept ORDER BY x`;
  const ask = async (db: Connection) => {
    for (let n = 0; n < 2_000; n++) await db.rows(counted);
    return db.rows(counted);
  };
  const { result } = await replica.compute('demo', ask, new AbortController().signal);
  expect(result).toEqual([{ x: 0, total: 1 }]);
});

test('an earlier version that takes long to load is loaded in the background, and answered then', async () => {
  const replica = await market.replica({ loadTimeout: 3_000 });
  const { version } = await market.write([plainSale]);
  await market.write([plainSale]);
  expect([await sales(replica), await sales(replica, 'demo')]).toEqual([2, 3]);
  const { host, port, name: database, master } = market.testDatabase;
  const owner = new pg.Client({ host, port, database, user: master.username, password: master.password });
  await owner.connect();
  try {
    await owner.query('BEGIN; LOCK TABLE sale IN ACCESS EXCLUSIVE MODE');
    await expect(sales(replica, 'test', version)).rejects.toThrow(Loading);
    // Current versions do not wait for it.
    expect([await sales(replica), await sales(replica, 'demo')]).toEqual([2, 3]);
  } finally {
    await owner.end();
  }
  await expect.poll(() => sales(replica, 'test', version).catch(() => undefined), { timeout: 60_000 }).toBe(1);
});

test('a process that is killed at any moment of a load, a catch-up or the making of an earlier version leaves nothing wrong', async () => {
  const directory = await market.directory();
  const { version } = await market.write(fc.sample(anySale, { numRuns: 5_000, seed: 4 }));
  let expected = 5_000;
  for (let n = 0; n < 4; n++) {
    const child = fork(join(import.meta.dirname, 'replica-process.ts'), [
      directory,
      JSON.stringify({ ...market.testDatabase, version }),
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'message');
    if (n % 2) {
      await market.write(fc.sample(anySale, { numRuns: 2_000, seed: n }));
      expected += 2_000;
    }
    child.send('ask');
    await delay(60 * n);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const replica = await market.replica({ directory });
  expect(await sales(replica)).toBe(expected);
  expect(await sales(replica, 'test', version)).toBe(5_000);
  expect(await sales(replica, 'demo')).toBe(3);
});
