import { type GenerateSecretString, generateSecretString } from '../secrets-manager/generate-secret.ts';
import type { ResourceHandler } from './handler.ts';

/** Generated once and kept in the data directory. */
export const secret: ResourceHandler = {
  type: 'AWS::SecretsManager::Secret',
  make({ logicalId, properties }, context) {
    const { Name, GenerateSecretString } = properties;
    if (!GenerateSecretString) throw new Error('The local run supports only secrets with GenerateSecretString.');
    const arn = context.identities.addSecret(String(Name ?? logicalId), () =>
      generateSecretString(GenerateSecretString as GenerateSecretString),
    );
    return { ref: arn, attributes: { Id: arn } };
  },
};
