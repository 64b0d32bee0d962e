import { expect, test } from 'vitest';
import { mapStyle } from '../src/environment.ts';

test('a map style is an address with https, or on this machine', () => {
  expect(mapStyle({})).toBeUndefined();
  expect(mapStyle({ MAP_STYLE_URL: 'https://maps.example.com/a.json' })?.origin).toBe('https://maps.example.com');
  expect(mapStyle({ MAP_STYLE_URL: 'http://localhost:3000/a.json' })?.origin).toBe('http://localhost:3000');
  for (const wrong of ['a.json', 'http://maps.example.com/a.json', 'data:application/json,{}']) {
    expect(() => mapStyle({ MAP_STYLE_URL: wrong })).toThrow('MAP_STYLE_URL must be an address with https://');
  }
});
