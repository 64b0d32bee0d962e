import { questions } from '@property-insights/analytics';
import { expect, it } from 'vitest';
import { service } from '../service.ts';

const analytical = service();
const get = (url: string) => analytical.app.inject(url);

interface Operation {
  summary?: string;
  description?: string;
  operationId: string;
  tags: string[];
  parameters?: { name: string; description?: string; schema: object }[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

async function operations(): Promise<(Operation & { path: string })[]> {
  const { paths } = (await get('/api/openapi.json')).json();
  return Object.entries<Record<string, Operation>>(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
}

it('the page comes with all that it is made of, from this service alone', async () => {
  const page = await get('/api/docs');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url as string);
  expect(linked.length).toBeGreaterThan(4);
  for (const url of linked) {
    expect(url).toMatch(/^\/api\//);
    expect((await get(url)).statusCode, url).toBe(200);
  }
  // The policy lets in no script that stands in the page itself.
  expect(page.body).not.toMatch(/<script(?![^>]* src=)/);
});

it('each problem links to its section of the page of problems', async () => {
  const page = await get('/api/docs/problems');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  for (const url of [
    '/api/nothing',
    '/api/properties/0',
    '/api/properties/999',
    '/api/analytics/summary?market=none',
  ]) {
    const { type } = (await get(url)).json();
    const [path, fragment] = type.split('#');
    expect(path).toBe('/api/docs/problems');
    expect(page.body, url).toContain(`<section id="${fragment}"`);
  }
  expect((await get('/api/openapi.json')).json().info.description).toContain('(/api/docs/problems)');
});

it('every operation and every parameter is described, in a group, under a name of its own', async () => {
  const all = await operations();
  for (const { path, summary, tags, parameters = [], responses } of all) {
    expect(summary, path).toMatch(/\S/);
    expect(tags, path).toHaveLength(1);
    for (const { name, description } of parameters) expect(description, `${path} ${name}`).toMatch(/\S/);
    expect(responses.default?.content, path).toHaveProperty('application/problem+json');
  }
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  expect(new Set(all.flatMap(({ tags }) => tags))).toEqual(
    new Set(['analytics', 'properties', 'imports', 'revisions', 'sales', 'markets', 'tokens', 'access', 'service']),
  );
});

it.each(questions.map(({ name }) => name))(
  '%s is described with an example that is answered, and with its CSV',
  async (name) => {
    const path = `/api/analytics/${name}`;
    const operation = (await operations()).find((operation) => operation.path === path);
    const [, example = ''] = operation?.description?.match(/For example `([^`]+)`/) ?? [];
    expect((await get(example)).statusCode, example).toBe(200);
    expect(Object.keys(operation?.responses['200']?.content ?? {})).toEqual(['application/json', 'text/csv']);
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['304', '400', '404', '503']));
  },
);
