import { expect, it } from 'vitest';
import { example } from './example.ts';

const service = example();

it('describes the routes in OpenAPI 3.1', async () => {
  const description = (await service.app.inject('/example/openapi.json')).json();
  expect(description.openapi).toBe('3.1.0');
  expect(description.info).toMatchObject({ title: 'Example', version: '1.2.3' });
  expect(description.info.description).toMatch(
    /16,384 bytes for the URL.*414.*65,536 bytes for all headers.*431.*413/s,
  );
  expect(Object.keys(description.paths)).toEqual(
    expect.arrayContaining(['/example/health', '/example/list', '/example/items/{id}']),
  );
  expect(description.paths['/example/list'].get.parameters).toContainEqual({
    in: 'query',
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 10, default: 5 },
  });
  expect(description.paths['/example/plain'].get.responses.default.content).toHaveProperty('application/problem+json');
});
