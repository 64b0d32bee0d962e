import { type GenerateSecretString, generateSecretString } from '../secrets-manager/generate-secret.ts';
import type { ResourceHandler } from '../template/execute.ts';

/** Generated once and kept in the data directory, as in AWS it is generated once a deployment. */
export const secret: ResourceHandler = {
  type: 'AWS::SecretsManager::Secret',
  make({ logicalId, properties }, machine) {
    const { Name, GenerateSecretString } = properties;
    if (!GenerateSecretString) throw new Error('Secrets are run locally with GenerateSecretString only.');
    const arn = machine.identities.addSecret(String(Name ?? logicalId), () =>
      generateSecretString(GenerateSecretString as GenerateSecretString),
    );
    return { ref: arn, attributes: { Id: arn } };
  },
};
