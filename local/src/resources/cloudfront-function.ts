import { runInNewContext } from 'node:vm';
import type { ResourceHandler } from './handler.ts';

/** The function by which CloudFront passes the address of its client. The load balancer does the same, because locally it is the only entry. */
export const cloudFrontFunction: ResourceHandler = {
  type: 'AWS::CloudFront::Function',
  make({ logicalId, properties }, context) {
    context.balancer.clientAddressHeader = clientAddressHeader(String(properties.FunctionCode));
    return { ref: logicalId };
  },
  remove(_request, context) {
    context.balancer.clientAddressHeader = undefined;
  },
};

/**
 * The header, in lower case, that the code of a function for viewer requests sets to the client's address.
 * @throws if it sets none
 */
export function clientAddressHeader(code: string): string {
  const ip = '192.0.2.1';
  const event = { viewer: { ip }, request: { method: 'GET', uri: '/', headers: {} } };
  const request = runInNewContext(`${code}; handler(event)`, { event }, { timeout: 1_000 }) as {
    headers: Record<string, { value: string }>;
  };
  const name = Object.keys(request.headers).find((name) => request.headers[name]?.value === ip);
  if (name === undefined)
    throw new Error('The local run supports only a function that sets a header to the client address.');
  return name.toLowerCase();
}
