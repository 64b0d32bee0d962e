import { describe, expect, it } from 'vitest';
import { validatorCompiler } from '../src/validation.ts';
import { example } from './example.ts';

const service = example();

describe('query parameters', () => {
  it('are converted to the types of the schema, with its defaults', async () => {
    const response = await service.app.inject('/example/list?share=0.5&all=true&region=NSW&from=2024-02-29');
    expect(response.json()).toEqual({ limit: 5, share: 0.5, all: true, region: ['NSW'], from: '2024-02-29' });
    const many = await service.app.inject('/example/list?region=NSW&region=VIC');
    expect(many.json().region).toEqual(['NSW', 'VIC']);
  });

  it.each([
    ['limit=x', 'Query parameter "limit" must be a whole number from 1 to 10, not "x".'],
    ['limit=1.5', 'Query parameter "limit" must be a whole number from 1 to 10, not "1.5".'],
    ['limit=', 'Query parameter "limit" must be a whole number from 1 to 10, not "".'],
    ['limit=0', 'Query parameter "limit" must be a whole number from 1 to 10, not 0.'],
    ['limit=11', 'Query parameter "limit" must be a whole number from 1 to 10, not 11.'],
    ['limit=1&limit=2', 'Query parameter "limit" must be a whole number from 1 to 10, not ["1","2"].'],
    ['interval=week', 'Query parameter "interval" must be one of month, year, not "week".'],
    ['region=NSW&region=', 'Query parameter "region" must be text of 1 to 5 characters, not "".'],
    [
      'region=a&region=b&region=c&region=d',
      'Query parameter "region" must be a list of at most 3 values, not ["a","b","c","d"].',
    ],
    ['from=2023-02-29', 'Query parameter "from" must be a date (YYYY-MM-DD), not "2023-02-29".'],
    ['from=yesterday', 'Query parameter "from" must be a date (YYYY-MM-DD), not "yesterday".'],
    ['share=0', 'Query parameter "share" must be a number above 0, not 0.'],
    ['all=maybe', 'Query parameter "all" must be true or false, not "maybe".'],
    ['code=ABC', 'Query parameter "code" must be lower-case letters, not "ABC".'],
    ['Limit=1', 'Unknown query parameter "Limit"; known are limit, interval, region, from, share, all, code.'],
  ])('%s is refused, naming it and what would be right', async (query, detail) => {
    const response = await service.app.inject(`/example/list?${query}`);
    expect(response.json()).toMatchObject({ status: 400, detail, error: detail });
  });

  it('are refused by a path that takes none', async () => {
    const response = await service.app.inject('/example/plain?x=1');
    expect(response.json().error).toBe('Unknown query parameter "x"; this path takes none.');
  });

  it('contain no NUL', async () => {
    const response = await service.app.inject('/example/list?region=a%00');
    expect(response.json()).toMatchObject({ status: 400, error: 'A URL cannot contain the character NUL (%00).' });
  });

  it('are truncated if they are long', async () => {
    const { error } = (await service.app.inject(`/example/list?interval=${'x'.repeat(5000)}`)).json();
    expect(error.length).toBeLessThan(200);
  });
});

describe('path segments', () => {
  it('are validated like parameters', async () => {
    expect((await service.app.inject('/example/items/7')).json()).toEqual({ id: 7 });
    const response = await service.app.inject('/example/items/x');
    expect(response.json()).toMatchObject({
      status: 400,
      error: 'Path segment "id" must be a whole number of at least 1, not "x".',
    });
  });
});

describe('body members', () => {
  const post = (payload: object) => service.app.inject({ method: 'POST', url: '/example/items', payload });

  it.each([
    [{}, 'Missing member "name": it must be text of 1 to 20 characters.'],
    [{ name: '' }, 'Member "name" must be text of 1 to 20 characters, not "".'],
    [{ name: 5 }, 'Member "name" must be text of 1 to 20 characters, not 5.'],
    [{ name: 'x', rooms: '3' }, 'Member "rooms" must be a whole number of at least 0, not "3".'],
    [{ name: 'x', rooms: 1.5 }, 'Member "rooms" must be a whole number of at least 0, not 1.5.'],
    [{ name: 'x', colour: 'red' }, 'Unknown member "colour"; known are name, rooms.'],
  ])('%j is refused with the member and what is expected', async (payload, detail) => {
    expect((await post(payload)).json()).toMatchObject({ status: 400, error: detail });
  });

  it('are not converted', async () => {
    expect((await post({ name: 'x', rooms: 3 })).json()).toEqual({ name: 'x', rooms: 3 });
  });
});

it('a validator is compiled when it is first used', () => {
  const schema = { type: 'nothing that Ajv knows' };
  const validate = validatorCompiler({ schema: schema as never, method: 'GET', url: '/', httpPart: 'body' });
  expect(() => validate({})).toThrow('schema is invalid');
});
