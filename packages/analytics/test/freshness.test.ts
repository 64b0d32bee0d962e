import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Freshness } from '../src/freshness.ts';

test('requests that arrive together share one check', async () => {
  let checks = 0;
  const freshness = new Freshness(async () => {
    checks += 1;
    await wait(5);
    return checks;
  });
  expect(await Promise.all(Array.from({ length: 100 }, () => freshness.check([])))).toEqual(Array(100).fill(1));
});

test('requests that follow an answer share the next check with those that wait for it', async () => {
  let checks = 0;
  const freshness = new Freshness(async () => {
    checks += 1;
    await wait(5);
  });
  const first = freshness.check([]);
  await wait(1);
  const waiting = freshness.check([]);
  await first;
  await new Promise(process.nextTick);
  await Promise.all([waiting, freshness.check([])]);
  expect(checks).toBe(2);
});

test('a check begins after every request that it serves has arrived', async () => {
  let now = 0;
  const freshness = new Freshness(async () => {
    const seen = now;
    await wait(Math.random() * 3);
    return seen;
  });
  const request = async () => {
    const arrived = ++now;
    expect(await freshness.check([])).toBeGreaterThanOrEqual(arrived);
  };
  const requests: Promise<void>[] = [];
  for (let i = 0; i < 300; i++) {
    requests.push(request());
    if (i % 3 === 0) await wait(Math.random() * 2);
  }
  await Promise.all(requests);
});

test('a failed check rejects the requests that it served, and not the next', async () => {
  let fails = true;
  const freshness = new Freshness(async () => {
    if (fails) throw new Error('no database');
    return 'reached';
  });
  await expect(Promise.all([freshness.check([]), freshness.check([])])).rejects.toThrow('no database');
  fails = false;
  expect(await freshness.check([])).toBe('reached');
});

test('a check includes every market that its requests need', async () => {
  const checked: (string | undefined)[][] = [];
  const freshness = new Freshness(async (codes) => {
    checked.push(codes);
  });
  await Promise.all([freshness.check(['nsw']), freshness.check([]), freshness.check(['hdb', 'nsw'])]);
  await freshness.check(['reading']);
  expect(checked).toEqual([['nsw', 'hdb'], ['reading']]);
});
