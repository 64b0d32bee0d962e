import { expect, test } from 'vitest';
import { clientAddressHeader } from '../src/resources/cloudfront-function.ts';

test('the header with the address of the client is the one that the function sets', () => {
  const code = `function handler(event) {
    event.request.headers['x-other'] = { value: event.request.uri };
    event.request.headers['X-Viewer'] = { value: event.viewer.ip };
    return event.request;
  }`;
  expect(clientAddressHeader(code)).toBe('x-viewer');
});

test('a function that does something else is refused', () => {
  expect(() => clientAddressHeader('function handler(event) { return event.request; }')).toThrow(
    'The local run supports only a function that sets a header to the client address.',
  );
});
