import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Answers, questionKey } from '../src/answers.ts';
import type { Citation } from '../src/citation.ts';

const at = { version: 7, lineage: 'l' };
const covered = { from: null, to: null };
/** Of a list, whose body is the list alone. */
const cite = (hash: string) => ({ digest: hash }) as Citation;

test('identical questions in progress are asked once, and their answer is cached', async () => {
  const answers = new Answers(1_000_000);
  let asked = 0;
  const ask = async () => {
    asked += 1;
    await wait(5);
    return { reached: at, covered, result: [asked], cite };
  };
  const all = await Promise.all(Array.from({ length: 20 }, () => answers.answer(at, 'summary', ask)));
  expect(new Set(all).size).toBe(1);
  expect(await answers.answer(at, 'summary', ask)).toBe(all[0]);
  expect(asked).toBe(1);
});

test('an answer is cached for the version that it was computed from', async () => {
  const answers = new Answers(1_000_000);
  const later = { ...at, version: 8 };
  const first = await answers.answer(at, 'summary', async () => ({ reached: later, covered, result: [1], cite }));
  expect(first.version).toBe(8);
  expect(await answers.answer(later, 'summary', () => expect.unreachable())).toBe(first);
});

test('a failure is not cached', async () => {
  const answers = new Answers(1_000_000);
  await expect(answers.answer(at, 'summary', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(
    (await answers.answer(at, 'summary', async () => ({ reached: at, covered, result: [1], cite }))).body.toString(),
  ).toBe('[1]');
});

test('the cached bytes stay within the limit, and the most recently used answers stay', async () => {
  const answers = new Answers(100_000);
  const result = ['x'.repeat(9_000)];
  for (let i = 0; i < 100; i++) {
    await answers.answer(at, `question ${i}`, async () => ({ reached: at, covered, result, cite }));
    await answers.answer(at, 'question 0', () => expect.unreachable());
    expect(answers.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(answers.bytes).toBeGreaterThan(80_000);
});

test('the entity tag differs between versions, questions and answers', async () => {
  const tag = async (version: number, question: string, value: number) =>
    (
      await new Answers(1000).answer(at, question, async () => ({
        reached: { ...at, version },
        covered,
        result: [value],
        cite,
      }))
    ).etag;
  const tags = [await tag(7, 'a', 1), await tag(8, 'a', 1), await tag(7, 'b', 1), await tag(7, 'a', 2)];
  expect(new Set(tags).size).toBe(4);
  expect(tags[0]).toBe(await tag(7, 'a', 1));
  expect(tags[0]).toMatch(/^"7-[\w-]{22}"$/);
});

test('parameters that mean the same make the same question', () => {
  expect(questionKey('trend', { type: ['House'], market: 'nsw' })).toBe(
    questionKey('trend', { market: 'nsw', region: undefined, type: ['House'] }),
  );
  expect(questionKey('trend', { region: ['a,b'] })).not.toBe(questionKey('trend', { region: ['a', 'b'] }));
  expect(questionKey('trend', { market: 'a' })).not.toBe(questionKey('areas', { market: 'a' }));
});

test('a question is cancelled when its last caller has gone, and asked again by the next caller', async () => {
  const answers = new Answers(1_000_000);
  const stopped: AbortSignal[] = [];
  const ask = (signal: AbortSignal) => {
    stopped.push(signal);
    return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const callers = [new AbortController(), new AbortController()];
  const asked = callers.map(({ signal }) => answers.answer(at, 'summary', ask, () => signal));
  callers[0]?.abort(new Error('gone'));
  await expect(asked[0]).rejects.toThrow('gone');
  expect(stopped.map(({ aborted }) => aborted)).toEqual([false]);
  callers[1]?.abort(new Error('gone too'));
  await expect(asked[1]).rejects.toThrow('gone too');
  expect(stopped.map(({ aborted }) => aborted)).toEqual([true]);
  const answer = await answers.answer(at, 'summary', async () => ({ reached: at, covered, result: [1], cite }));
  expect(answer.body.toString()).toBe('[1]');
});

test('an answer that is an object ends with its version and citation, and the digest is of what precedes them', async () => {
  const result = { median: 5, of: { sales: 2 } };
  const compute = async () => ({ reached: at, covered, result, cite });
  const { body, citation } = await new Answers(1_000_000).answer(at, 'summary', compute);
  expect(JSON.parse(body.toString())).toEqual({ ...result, version: 7, citation });
  expect(citation.digest).toBe(createHash('sha256').update(JSON.stringify(result)).digest('hex'));
});
