import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('German has every message, with the placeholders of the English one', async () => {
  const catalog = await readFile(join(import.meta.dirname, '../src/locales/de.po'), 'utf8');
  const text = (lines: string) => [...lines.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part).join('');
  const messages = [...catalog.matchAll(/msgid ((?:"(?:[^"\\]|\\.)*"\n)+)msgstr ((?:"(?:[^"\\]|\\.)*"\n?)+)/g)]
    .map(([, id, translation]) => [text(id as string), text(translation as string)] as const)
    .filter(([id]) => id !== '');
  expect(messages.length).toBeGreaterThan(200);
  // A placeholder ends with `}` or `,`; the words of a plural begin with a brace too.
  const placeholders = (message: string) => message.match(/\{\w+(?=[},])|<\/?\d+>/g)?.sort() ?? [];
  for (const [id, translation] of messages) {
    expect(translation, id).not.toBe('');
    expect(placeholders(translation), id).toEqual(placeholders(id));
  }
});
