import fastifyAccepts from '@fastify/accepts';
import Fastify from 'fastify';
import { afterAll, expect, it } from 'vitest';
import { prefers } from '../src/index.ts';

const app = Fastify();
app.register(fastifyAccepts);
app.get('/', (request) => prefers(request, 'text/html'));
afterAll(() => app.close());

it.each([
  ['Chrome', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', true],
  ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['a plain preference', 'text/html', true],
  ['capital letters', 'Text/HTML', true],
  ['text/html with a lower preference', 'application/json, text/html;q=0.9', false],
  ['text/html excluded', 'text/html;q=0', false],
  ['curl, fetch', '*/*', false],
  ['a wildcard subtype', 'text/*', false],
  ['a program', 'application/json', false],
  ['an empty header', '', false],
  ['no header', undefined, false],
])('%s', async (_name, accept, expected) => {
  const response = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } });
  expect(response.json()).toBe(expected);
});
