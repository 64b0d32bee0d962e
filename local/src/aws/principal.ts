/** The callers of the local services of AWS: authenticated by their signatures, and restricted by the policies of their roles. */
import { AuthenticationError } from './authentication-error.ts';
import { isAllowed, type PolicyStatement } from './iam-policy.ts';
import { readSignature, type SignedRequest, type SignedService, verifySignature } from './signature.ts';

/** Who an access key belongs to. */
export interface Principal {
  /** For messages: `arn:aws:sts::…:assumed-role/<role>/<session>`. */
  arn: string;
  secretAccessKey: string;
  /** Of all identity policies of its role. */
  statements: PolicyStatement[];
}

/** The owner of an access key, asked at each request. */
export type FindPrincipal = (accessKeyId: string) => Principal | undefined;

/** The caller of a request. @throws AuthenticationError if its signature is not that of a known one */
export async function authenticate(
  request: SignedRequest,
  service: SignedService,
  findPrincipal: FindPrincipal,
): Promise<Principal> {
  const claimed = readSignature(request.headers, service);
  const principal = findPrincipal(claimed.accessKeyId);
  if (principal === undefined) throw new AuthenticationError('unknown-key');
  await verifySignature(claimed, service, principal.secretAccessKey, request);
  return principal;
}

/** Why a caller may not do something, as a sentence; undefined if it may. A policy that cannot be evaluated grants nothing. */
export function denialOf({ arn, statements }: Principal, action: string, resource: string): string | undefined {
  const denied = `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because`;
  try {
    if (isAllowed(statements, action, resource)) return undefined;
  } catch (error) {
    return `${denied} ${(error as Error).message}`;
  }
  return `${denied} no identity-based policy allows the ${action} action`;
}
