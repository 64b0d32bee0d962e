import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Answers } from '../src/answers.ts';
import { type Budget, Budgets, budgetWindow, JointBudget, ProcessorTime } from '../src/budgets.ts';
import type { Citation } from '../src/citation.ts';
import { OverBudget } from '../src/errors.ts';

/** Uses the processor for some milliseconds. */
async function work(milliseconds: number): Promise<void> {
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < milliseconds * 1000);
}

test('work is charged with the processor time that it takes, and not with its waiting', async () => {
  const budget = new Budgets(1_000).of('a');
  const processor = new ProcessorTime();
  const before = budget.remaining();
  await processor.spend(budget, () => work(50));
  expect(before - budget.remaining()).toBeGreaterThan(20);
  const between = budget.remaining();
  await processor.spend(budget, () => wait(300));
  expect(between - budget.remaining()).toBeLessThan(250);
});

test('work that runs at the same time shares the processor time', async () => {
  const budgets = new Budgets(1_000);
  const processor = new ProcessorTime();
  const end = Promise.withResolvers<void>();
  const [first, second] = [budgets.of('a'), budgets.of('b')];
  const running = [first, second].map((budget) => processor.spend(budget, () => end.promise));
  await work(100);
  end.resolve();
  await Promise.all(running);
  for (const budget of [first, second]) expect(1_000_000 - budget.remaining()).toBeGreaterThan(15);
});

test('work that only waits, while that of another caller computes in this thread, pays nothing', async () => {
  const used = { quick: 0, heavy: 0 };
  const budget = (caller: keyof typeof used): Budget => ({
    remaining: () => 1,
    used: () => used[caller],
    charge(milliseconds) {
      used[caller] += milliseconds;
    },
  });
  const processor = new ProcessorTime();
  const end = Promise.withResolvers<void>();
  const waiting = processor.meter(budget('quick'), (meter) => meter.elsewhere(() => end.promise));
  await processor.meter(budget('heavy'), async (meter) => {
    await work(100);
    await meter.idle(() => processor.meter(budget('quick'), () => work(20)));
    await work(100);
  });
  end.resolve();
  await waiting;
  expect(used.quick).toBeGreaterThan(10);
  // A tenth, and half of what the other threads of this process use.
  expect(used.quick).toBeLessThan(used.heavy / 3);
});

test('recent use orders callers even while the budget rises faster than it is used', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const budgets = new Budgets(10);
    const [steady, rare] = [budgets.of('steady'), budgets.of('rare')];
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1_000);
      steady.charge(400);
    }
    rare.charge(500);
    vi.advanceTimersByTime(1_000);
    expect([steady.remaining(), rare.remaining()]).toEqual([10_000, 10_000]);
    expect(steady.used()).toBeGreaterThan(6_000);
    expect(rare.used()).toBeLessThan(500);
  } finally {
    vi.useRealTimers();
  }
});

test('a caller that has used up its budget is refused until it has risen again', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const processor = new ProcessorTime(10);
    const budget = new Budgets(10).of('a');
    budget.charge(11_000);
    expect(() => processor.assertLeft(budget)).toThrow(OverBudget);
    expect(() => processor.assertLeft(budget)).toThrow('try again in 3 s.');
    await expect(processor.spend(budget, () => expect.unreachable())).rejects.toThrow(OverBudget);
    vi.advanceTimersByTime(3_000);
    expect(await processor.spend(budget, async () => 'answered')).toBe('answered');
    vi.advanceTimersByTime(10 * budgetWindow * 1000);
    expect(budget.remaining()).toBe(10_000);
  } finally {
    vi.useRealTimers();
  }
});

test('callers have budgets of their own, and a page of ten questions fits into one', () => {
  const budgets = new Budgets();
  const [page, other] = [budgets.of('page'), budgets.of('other')];
  for (let question = 0; question < 10; question++) page.charge(400);
  expect(page.remaining()).toBeGreaterThan(0);
  expect(budgets.of('page')).toBe(page);
  expect(page.remaining()).toBeLessThan(other.remaining());
});

test('of callers that share a computation, one with nothing left does not end it for the others', async () => {
  const budgets = new Budgets(10);
  const [empty, full] = [budgets.of('empty'), budgets.of('full')];
  const joint = new JointBudget(empty);
  empty.charge(11_000);
  expect(joint.remaining()).toBeLessThan(0);
  joint.join(full);
  const before = empty.remaining();
  joint.charge(1_000);
  expect(joint.remaining()).toBeLessThan(9_500);
  expect(empty.remaining()).toBeGreaterThanOrEqual(before);
});

test('a cached answer costs nothing', async () => {
  const citation = {} as Citation;
  const answers = new Answers(1_000_000);
  const at = { version: 1, lineage: 'l' };
  const budget = new Budgets(10).of('a');
  await answers.answer(at, 'summary', async () => ({
    reached: at,
    covered: { from: null, to: null },
    result: [1],
    cite: () => citation,
  }));
  budget.charge(11_000);
  const answer = await answers.answer(
    at,
    'summary',
    () => expect.unreachable(),
    undefined,
    () => budget,
  );
  expect(answer.body.toString()).toBe('[1]');
});
