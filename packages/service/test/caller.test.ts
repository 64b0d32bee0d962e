import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { identifyCallers, networkOf } from '../src/caller.ts';
import type { App } from '../src/index.ts';

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is in %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('the caller', () => {
  async function callerOf(headers: Record<string, string>, header?: string): Promise<string> {
    const app = Fastify({ trustProxy: (_address, hop) => hop === 0 });
    app.decorateRequest('token', null);
    identifyCallers(app as unknown as App, header);
    app.get('/', (request) => request.caller);
    const { body } = await app.inject({ url: '/', headers });
    return body;
  }

  it('is the client of the load balancer, whatever the client sends', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.1, 192.0.2.7', 'x-client-address': '203.0.113.9' };
    expect(await callerOf(headers)).toBe('192.0.2.7');
  });

  it('behind CloudFront is the client of CloudFront', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.1, 192.0.2.7', 'x-client-address': '2001:db8:1:2::9' };
    expect(await callerOf(headers, 'x-client-address')).toBe('2001:db8:1:2::/64');
    expect(await callerOf({ ...headers, 'x-client-address': 'nonsense' }, 'x-client-address')).toBe('192.0.2.7');
  });
});
