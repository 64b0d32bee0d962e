import { randomInt } from 'node:crypto';
import { SecretsManagerError } from './errors.ts';

/** What GetRandomPassword takes. */
export interface PasswordRules {
  /** 1 to 4096; 32 by default. */
  PasswordLength?: number;
  ExcludeCharacters?: string;
  ExcludeLowercase?: boolean;
  ExcludeUppercase?: boolean;
  ExcludeNumbers?: boolean;
  ExcludePunctuation?: boolean;
  IncludeSpace?: boolean;
  /** At least one of each kind that is not excluded; true by default. */
  RequireEachIncludedType?: boolean;
}

/** The property GenerateSecretString of AWS::SecretsManager::Secret. */
export interface GenerateSecretString extends PasswordRules {
  /** A JSON object, to which the password is added under GenerateStringKey. */
  SecretStringTemplate?: string;
  GenerateStringKey?: string;
}

/** The characters that AWS documents for GetRandomPassword. */
const kinds = {
  ExcludeLowercase: 'abcdefghijklmnopqrstuvwxyz',
  ExcludeUppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ExcludeNumbers: '0123456789',
  ExcludePunctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const;

/** @throws SecretsManagerError for rules that no password can meet. */
export function generatePassword(rules: PasswordRules): string {
  const length = rules.PasswordLength ?? 32;
  if (!Number.isInteger(length) || length < 1 || length > 4096) {
    throw new SecretsManagerError('InvalidParameterException', 'PasswordLength must be a whole number from 1 to 4096.');
  }
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const allowed = (characters: string) => [...characters].filter((character) => !excluded.has(character));
  const included = (Object.keys(kinds) as (keyof typeof kinds)[])
    .filter((exclude) => !rules[exclude])
    .map((exclude) => allowed(kinds[exclude]))
    .filter((characters) => characters.length > 0);
  const alphabet = [...included.flat(), ...allowed(rules.IncludeSpace ? ' ' : '')];
  if (alphabet.length === 0) {
    throw new SecretsManagerError('InvalidParameterException', 'The password rules exclude every character.');
  }
  const required = (rules.RequireEachIncludedType ?? true) ? included : [];
  if (required.length > length) {
    throw new SecretsManagerError(
      'InvalidParameterException',
      `Password length ${length} is too short for one of each of the ${required.length} required types.`,
    );
  }
  const password = required.map(pick);
  while (password.length < length) password.push(pick(alphabet));
  return shuffle(password).join('');
}

/** The value that CloudFormation gives a new secret. @throws SecretsManagerError */
export function generateSecretString({
  SecretStringTemplate,
  GenerateStringKey,
  ...rules
}: GenerateSecretString): string {
  const password = generatePassword(rules);
  if (SecretStringTemplate === undefined && GenerateStringKey === undefined) return password;
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) {
    throw new SecretsManagerError(
      'InvalidParameterException',
      'SecretStringTemplate and GenerateStringKey must be given together.',
    );
  }
  const template = parseObject(SecretStringTemplate);
  return JSON.stringify({ ...template, [GenerateStringKey]: password });
}

function parseObject(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // reported below without the text, which may contain secrets
  }
  throw new SecretsManagerError('InvalidParameterException', 'SecretStringTemplate must be a JSON object.');
}

function pick(characters: string[]): string {
  return characters[randomInt(characters.length)] as string;
}

/** Fisher and Yates. */
function shuffle(characters: string[]): string[] {
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
  }
  return characters;
}
