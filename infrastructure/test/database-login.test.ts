import { expect, test } from 'vitest';
import { resource, synthesize } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });

test.each(['analytical', 'reporting'])(
  'The login of %s is its name and a generated password without punctuation',
  (username) => {
    const idStart = username === 'analytical' ? 'AnalyticalLogin' : 'ReportingLogin';
    const { GenerateSecretString } = resource(demo, 'AWS::SecretsManager::Secret', idStart).properties;
    expect(GenerateSecretString).toEqual({
      SecretStringTemplate: JSON.stringify({ username }),
      GenerateStringKey: 'password',
      PasswordLength: 40,
      ExcludePunctuation: true,
    });
  },
);
