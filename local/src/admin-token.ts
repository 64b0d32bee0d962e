import type { Identities } from './identities.ts';

/**
 * The first token, which the templates generate and name in an output.
 * @throws if the templates have no such output.
 */
export function adminToken(outputs: Record<string, Record<string, unknown>>, identities: Identities): string {
  const [arn] = Object.values(outputs).flatMap(({ AdminTokenSecretArn }) => AdminTokenSecretArn ?? []);
  if (arn === undefined) throw new Error('The templates have no output AdminTokenSecretArn.');
  return `pi_${identities.secretValue(String(arn))}`;
}
