import { randomInt } from 'node:crypto';
import type { ResourceHandler } from '../template/execute.ts';
import { object } from './properties.ts';

interface GenerateSecretString {
  SecretStringTemplate?: string;
  GenerateStringKey?: string;
  PasswordLength?: number;
  ExcludeCharacters?: string;
  ExcludePunctuation?: boolean;
}

/** Generated once and kept in the data directory, as in AWS it is generated once a deployment. */
export const secret: ResourceHandler = {
  type: 'AWS::SecretsManager::Secret',
  make({ logicalId, properties, stack }, machine) {
    const { GenerateSecretString } = properties;
    if (!GenerateSecretString) throw new Error('Secrets are run locally with GenerateSecretString only.');
    const arn = `arn:aws:secretsmanager:${stack.region}:${stack.account}:secret:${logicalId}-AbCdEf`;
    machine.identities.addSecret(arn, () => generate(object<GenerateSecretString>(GenerateSecretString)));
    return { ref: arn, attributes: { Id: arn } };
  },
};

/** As Secrets Manager documents it: 32 characters of letters, digits and punctuation, unless said otherwise. */
function generate(options: GenerateSecretString): string {
  const { PasswordLength = 32, ExcludeCharacters = '', ExcludePunctuation = false } = options;
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
  const characters = [...letters, ...(ExcludePunctuation ? '' : punctuation)].filter(
    (character) => !ExcludeCharacters.includes(character),
  );
  const password = Array.from({ length: PasswordLength }, () => characters[randomInt(characters.length)]).join('');
  const { SecretStringTemplate, GenerateStringKey } = options;
  if (!SecretStringTemplate || !GenerateStringKey) return password;
  return JSON.stringify({ ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: password });
}
