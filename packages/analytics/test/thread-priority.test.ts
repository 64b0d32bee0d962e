import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Engine } from '../src/engine.ts';
import { Memo } from '../src/memo.ts';
import { statementPriority } from '../src/thread-priority.ts';

it.skipIf(process.platform !== 'linux')(
  'executes statements in threads of lower priority than JavaScript',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'priority-'));
    const engine = await Engine.open(directory, new Memo());
    const priorities = await Promise.all(
      (await readdir('/proc/self/task')).map(async (id) => {
        const name = (await readFile(`/proc/self/task/${id}/comm`, 'utf8')).trim();
        return name === 'libuv-worker' ? getPriority(Number(id)) : undefined;
      }),
    );
    const ofStatements = priorities.filter((priority) => priority !== undefined);
    // Four of libuv, and one of DuckDB for each processor but the first.
    expect(ofStatements.length).toBeGreaterThanOrEqual(4);
    expect(new Set(ofStatements)).toEqual(new Set([statementPriority]));
    expect(getPriority(process.pid)).toBeLessThan(statementPriority);
    engine.close();
    await rm(directory, { recursive: true });
  },
);
