import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const dashboard = join(import.meta.dirname, '..');
const german = join(dashboard, 'src/locales/de.po');

/** The messages of a catalog, with their translations. */
async function messagesOf(catalog: string): Promise<Map<string, string>> {
  const text = (lines: string) => [...lines.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part).join('');
  const entries = (await readFile(catalog, 'utf8')).matchAll(
    /^msgid ((?:"(?:[^"\\]|\\.)*"\n)+)msgstr ((?:"(?:[^"\\]|\\.)*"\n?)+)/gm,
  );
  const messages = [...entries].map(
    ([, id, translation]) => [text(id as string), text(translation as string)] as const,
  );
  return new Map(messages.filter(([id]) => id !== ''));
}

test('German has every message, with the placeholders of the English one', async () => {
  const messages = await messagesOf(german);
  expect(messages.size).toBeGreaterThan(200);
  // A placeholder ends with `}` or `,`; the words of a plural begin with a brace too.
  const placeholders = (message: string) => message.match(/\{\w+(?=[},])|<\/?\d+>/g)?.sort() ?? [];
  for (const [id, translation] of messages) {
    expect(translation, id).not.toBe('');
    expect(placeholders(translation), id).toEqual(placeholders(id));
  }
});

test('German has the messages of the sources, and no others: `npm run translations -w apps/dashboard` adds them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'catalog-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = {
    sourceLocale: 'en',
    locales: ['de'],
    rootDir: dashboard,
    catalogs: [{ path: join(folder, '{locale}'), include: ['src'] }],
  };
  await writeFile(join(folder, 'lingui.config.json'), JSON.stringify(config));
  await copyFile(german, join(folder, 'de.po'));
  const lingui = join(dashboard, '../../node_modules/.bin/lingui');
  await promisify(execFile)(lingui, ['extract', '--clean', '--config', join(folder, 'lingui.config.json')], {
    cwd: dashboard,
  });
  const [extracted, committed] = await Promise.all([messagesOf(join(folder, 'de.po')), messagesOf(german)]);
  expect(
    [...extracted.keys()].filter((id) => !committed.has(id)),
    'not in the catalog',
  ).toEqual([]);
  expect(
    [...committed.keys()].filter((id) => !extracted.has(id)),
    'no longer in the sources',
  ).toEqual([]);
});
