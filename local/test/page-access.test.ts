import { expect, test } from 'vitest';
import { pageAuthorization } from '../src/page-access.ts';

const own = { Host: 'localhost:8080', 'Sec-Fetch-Site': 'same-origin' };
const authorization = (headers: Record<string, string>) =>
  pageAuthorization(Object.entries(headers).flat(), 8080, 'pi_token');

test.each<Record<string, string>>([
  own,
  { ...own, Host: '127.0.0.1:8080' },
  { ...own, Origin: 'http://localhost:8080' },
  { host: 'localhost:8080', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
])("the page's own request is let in: %o", (headers) => expect(authorization(headers)).toBe('Bearer pi_token'));

test.each<[what: string, headers: Record<string, string>]>([
  ['of another site', { ...own, 'Sec-Fetch-Site': 'cross-site' }],
  ['of another port of this machine', { ...own, 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:3000' }],
  ['of an address typed in, or a link from outside', { ...own, 'Sec-Fetch-Site': 'none' }],
  ['of a program, or an old browser', { Host: 'localhost:8080' }],
  ['by a name that was made to lead here', { ...own, Host: 'evil.example:8080' }],
  ['by a name that begins like ours', { ...own, Host: 'localhost:8080.evil.example' }],
  ['by another port', { ...own, Host: 'localhost:80801' }],
  ['without a name', { 'Sec-Fetch-Site': 'same-origin' }],
  ['that contradicts itself', { ...own, Origin: 'http://evil.example' }],
  ['of nowhere', { ...own, Origin: 'null' }],
  ['with a token of its own', { ...own, Authorization: 'Bearer pi_other' }],
])('a request %s is not', (_, headers) => expect(authorization(headers)).toBeUndefined());

test('a request with two Host headers is not', () => {
  const raw = [...Object.entries(own).flat(), 'Host', 'evil.example'];
  expect(pageAuthorization(raw, 8080, 'pi_token')).toBeUndefined();
});
