import type { Option } from './options.ts';

/** The repository that GitHub may deploy from. */
export interface Delivery {
  /** As in the `sub` of GitHub's tokens: `owner/name`, or `owner@id/name@id` for repositories created since July 2026. */
  repository: string;
  /** The protected environment that a deploying job must run in. */
  environment: string;
  /** Whether the account has GitHub's identity provider; there can be only one. */
  providerExists: boolean;
}

/**
 * Reads the options `repository`, `environment` (aws) and `oidcProvider` (new or existing).
 * @throws if an option is wrong; the message states what it must be.
 */
export function readDelivery(option: Option): Delivery {
  const repository = option('repository');
  if (repository === undefined) {
    throw new Error('The repository is missing: give -c repository=owner/name.');
  }
  if (repository.endsWith('.git')) {
    throw new Error(
      `"${repository}" is the end of the address of a clone: give -c repository=${repository.slice(0, -'.git'.length)}.`,
    );
  }
  const parts = repository.match(/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/);
  if (!parts) {
    throw new Error(
      `"${repository}" is not one repository: give -c repository=owner/name, or owner@id/name@id as in GitHub's tokens.`,
    );
  }
  if ((parts[1] === undefined) !== (parts[2] === undefined)) {
    throw new Error(`"${repository}" has one id: GitHub's tokens contain both, owner@id/name@id, or none.`);
  }
  const environment = option('environment') ?? 'aws';
  if (!/^[\w.-]+$/.test(environment)) {
    throw new Error(
      `"${environment}" is not the name of an environment: give letters, digits, dots, dashes and underscores, such as aws.`,
    );
  }
  const oidcProvider = option('oidcProvider') ?? 'new';
  if (oidcProvider !== 'new' && oidcProvider !== 'existing') {
    throw new Error(
      `The identity provider is new or existing, not "${oidcProvider}": give -c oidcProvider=existing or leave it out.`,
    );
  }
  return { repository, environment, providerExists: oidcProvider === 'existing' };
}
