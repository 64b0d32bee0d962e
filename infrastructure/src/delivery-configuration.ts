import type { Option } from './app.ts';

/** From where GitHub may deliver. */
export interface Delivery {
  /** As GitHub writes it into the `sub` of its tokens: `owner/name`, or `owner@id/name@id` for repositories made since July 2026. */
  repository: string;
  /** The protected environment that a deploying job must run in. */
  environment: string;
  /** The account has GitHub's identity provider already: there can be only one. */
  providerExists: boolean;
}

/**
 * Reads the options `repository`, `environment` (aws) and `oidcProvider` (new or existing).
 * @throws Error that says in a sentence what cannot be, and what can.
 */
export function readDelivery(option: Option): Delivery {
  const repository = option('repository');
  if (repository === undefined) {
    throw new Error('From which repository may be deployed? Give -c repository=owner/name.');
  }
  const parts = repository.match(/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/);
  if (!parts) {
    throw new Error(
      `"${repository}" is not one repository: give -c repository=owner/name, or owner@id/name@id as GitHub's tokens have it.`,
    );
  }
  if ((parts[1] === undefined) !== (parts[2] === undefined)) {
    throw new Error(`"${repository}" has one id: GitHub's tokens carry both, owner@id/name@id, or none.`);
  }
  const environment = option('environment') ?? 'aws';
  if (!/^[\w.-]+$/.test(environment)) {
    throw new Error(
      `"${environment}" can't be the environment: give one name of letters, digits, dots, dashes and underscores, such as aws.`,
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
