import { describe, expect, it, test } from 'vitest';
import { problemsPage } from '../src/index.ts';
import { type Problem, problemKinds, problems } from '../src/problems.ts';

const page = problemsPage();

it.each(Object.entries(problemKinds))('%s has a section with its title, status and description', (name, kind) => {
  const { title, status, when } = kind;
  const section = page.match(new RegExp(`<section id="${name}"[^]*?</section>`))?.[0];
  for (const text of [`>${title}</h2>`, `Status ${status} `, `<p>${when}</p>`]) expect(section).toContain(text);
  expect(when).toMatch(/^[A-Z][^<>&.]+\.$/);
});

test('no two kinds have the same title', () => {
  expect(new Set(Object.values(problemKinds).map(({ title }) => title)).size).toBe(Object.keys(problemKinds).length);
});

it('needs nothing that the content security policy forbids', () => {
  expect(page).not.toMatch(/<script|<img|style="|url\(/);
});

describe('a problem', () => {
  const examples: [string, Problem][] = [
    ['invalid', problems.invalid('a')],
    ['refused', problems.refused('a', 416)],
    ['tokenMissing', problems.tokenMissing('read')],
    ['tokenInvalid', problems.tokenInvalid('has expired')],
    ['scopeMissing', problems.scopeMissing('admin', 'read')],
    ['pathNotFound', problems.pathNotFound('/a')],
    ['notFound', problems.notFound('a')],
    ['passwordNeeded', problems.passwordNeeded()],
    ['methodNotAllowed', problems.methodNotAllowed('PUT', '/a', ['GET'])],
    ['conflict', problems.conflict('a')],
    ['gone', problems.gone('a')],
    ['bodyTooLarge', problems.bodyTooLarge()],
    ['urlTooLong', problems.urlTooLong()],
    ['unknownHost', problems.unknownHost('a')],
    ['overBudget', problems.overBudget('a', 10, 20, 3)],
    ['headersTooLarge', problems.headersTooLarge()],
    ['unsupportedMediaType', problems.unsupportedMediaType('text/csv')],
    ['storageFull', problems.storageFull()],
    ['fileTooCostly', problems.fileTooCostly('a')],
    ['notSetUp', problems.notSetUp('a')],
    ['internal', problems.internal()],
    ['unavailable', problems.unavailable('overloaded', 'a', 1)],
  ];

  it.each(examples)('made by `%s` links to its section of the page', (_name, problem) => {
    const { type, status } = problem.toJSON();
    const [path, fragment] = type.split('#');
    expect(path).toBe('/api/docs/problems');
    expect(page).toContain(`<section id="${fragment}"`);
    expect(status).toBe(problem.status);
  });

  test('is checked for every function that makes one', () => {
    expect(examples.map(([name]) => name).sort()).toEqual(Object.keys(problems).sort());
  });
});
