import { expect, test } from 'vitest';
import { synthesize, variants } from './synthesize.ts';

/** Hashes of code change with every commit, and the version's id with them. */
const redact = (template: object) =>
  JSON.parse(
    JSON.stringify(template)
      .replace(/[0-9a-f]{64}/g, 'HASH')
      .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1HASH'),
  );

test.each(['demo', 'production'])('The template of %s is as it was', (variant) => {
  expect(redact(synthesize(variants[variant] ?? {}).toJSON())).toMatchSnapshot();
});

test('What production has of Aurora is as it was', () => {
  const { Resources } = synthesize(variants['production on Aurora, traced'] ?? {}).toJSON();
  const ofDatabase = Object.entries(Resources).filter(([id]) => id.startsWith('Database'));
  expect(redact(Object.fromEntries(ofDatabase))).toMatchSnapshot();
});
