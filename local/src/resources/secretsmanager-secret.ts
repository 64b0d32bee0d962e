import { type GenerateSecretString, generateSecretString } from '../secrets-manager/generate-secret.ts';
import type { ResourceHandler } from './handler.ts';

/** Generated once and kept in the data directory, as in AWS it is generated once a deployment. */
export const secret: ResourceHandler = {
  type: 'AWS::SecretsManager::Secret',
  make({ logicalId, properties }, context) {
    const { Name, GenerateSecretString } = properties;
    if (!GenerateSecretString) throw new Error('Secrets are run locally with GenerateSecretString only.');
    const arn = context.identities.addSecret(String(Name ?? logicalId), () =>
      generateSecretString(GenerateSecretString as GenerateSecretString),
    );
    return { ref: arn, attributes: { Id: arn } };
  },
};
