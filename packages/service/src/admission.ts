/** Which requests a service admits, as configured by its environment. */
import type { ReadAccess } from './access.ts';

export interface Admission {
  /** Who may read; `open` by default. */
  readAccess?: ReadAccess | undefined;
  /** The host names of the system, in addition to those of this machine. */
  hosts?: readonly string[] | undefined;
  /** The header, in lower case, in which CloudFront passes the address of the client. Set only if CloudFront is the only entry. */
  clientAddressHeader?: string | undefined;
}

/**
 * Reads `READ_ACCESS` (default `open`), `ALLOWED_HOSTS`, host names separated by commas (default none), and `CLIENT_ADDRESS_HEADER` (default none).
 * @throws if `READ_ACCESS` has another value: a typing error must not open a service that is meant to be closed
 */
export function admission(env: NodeJS.ProcessEnv = process.env): Admission {
  return {
    readAccess: readAccess(env),
    hosts: env.ALLOWED_HOSTS?.split(',').filter(Boolean),
    clientAddressHeader: env.CLIENT_ADDRESS_HEADER?.toLowerCase(),
  };
}

function readAccess({ READ_ACCESS: access = '' }: NodeJS.ProcessEnv): ReadAccess {
  if (access === '') return 'open';
  if (access === 'open' || access === 'token') return access;
  throw new Error(`The environment variable READ_ACCESS must be open or token, not "${access}".`);
}
