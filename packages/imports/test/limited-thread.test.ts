import { expect, test } from 'vitest';
import { type LimitedThread, LimitReached, runLimited } from '../src/limited-thread.ts';

type Message = { kind: string };

function run(data: string, options: Partial<LimitedThread<Message, Message>> = {}): Promise<void> {
  const module = new URL('fixtures/threads/costly.ts', import.meta.url);
  return runLimited<Message, Message>(module, { data, onMessage() {}, ...options });
}

test.each([
  ['a busy thread that takes too much time', 'busy', { maxTime: 500 }, 'reading the files took more than 0.5 s'],
  ['a busy thread that sends nothing', 'busy', { maxSilence: 500 }, 'reading the files did not advance for 0.5 s'],
  ['a thread that waits too long', 'waits', { maxTime: 500 }, 'reading the files took more than 0.5 s'],
  ['a thread with too many buffers', 'buffers', {}, /^reading the files took more than 384 MB of memory/],
  ['a thread with too many objects', 'objects', {}, /^reading the files took more than 384 MB of memory/],
])('%s is ended', { timeout: 60_000 }, async (_, data, limits, message) => {
  const error = await run(data, limits).catch((error) => error);
  expect(error).toBeInstanceOf(LimitReached);
  expect(error.message).toMatch(message);
});

test('the end at a limit is recorded while the thread still runs', async () => {
  const order: string[] = [];
  const ended = run('busy', { maxTime: 300, onLimit: async () => void order.push('recorded') }).catch(() =>
    order.push('ended'),
  );
  await ended;
  expect(order).toEqual(['recorded', 'ended']);
});

test('a cancelled thread that is busy is ended within two seconds', async () => {
  const controller = new AbortController();
  let cancelled = 0;
  const running = run('busy', {
    signal: controller.signal,
    cancel: { kind: 'cancel' },
    onMessage() {
      cancelled = Date.now();
      controller.abort(new Error('cancelled'));
    },
  });
  await expect(running).rejects.toThrow('cancelled');
  expect(Date.now() - cancelled).toBeLessThan(2_000);
});

test('a thread that ends by itself is not an error', async () => {
  await run('nothing', { maxTime: 60_000 });
});
