import { describe, expect, it } from 'vitest';
import {
  generatePassword,
  generateSecretString,
  type PasswordRules,
} from '../../src/secrets-manager/generate-secret.ts';

const many = (rules: PasswordRules) => Array.from({ length: 200 }, () => generatePassword(rules));

describe('generatePassword', () => {
  it('has 32 characters with at least one of each kind by default', () => {
    for (const password of many({})) {
      expect(password).toMatch(/^[!-~]{32}$/);
      expect(password).toMatch(/[a-z]/);
      expect(password).toMatch(/[A-Z]/);
      expect(password).toMatch(/[0-9]/);
      expect(password).toMatch(/[^A-Za-z0-9]/);
    }
    expect(new Set(many({})).size).toBe(200);
  });

  it('uses every character about as often', () => {
    const counts = new Map<string, number>();
    for (const character of generatePassword({ PasswordLength: 4096, ExcludePunctuation: true })) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // 66 are expected of each; 6 standard deviations either way.
    for (const count of counts.values()) expect(Math.abs(count - 4096 / 62)).toBeLessThan(49);
  });

  it.each<[PasswordRules, RegExp]>([
    [{ PasswordLength: 4 }, /^[!-~]{4}$/],
    [{ ExcludePunctuation: true }, /^[A-Za-z0-9]{32}$/],
    [{ ExcludeUppercase: true, ExcludePunctuation: true }, /^[a-z0-9]{32}$/],
    [{ ExcludeLowercase: true, ExcludeNumbers: true, ExcludePunctuation: true }, /^[A-Z]{32}$/],
    [{ ExcludeCharacters: `"@/\\'`, PasswordLength: 200 }, /^[^"@/\\']{200}$/],
    [{ ExcludeCharacters: '0123456789' }, /^[^0-9]{32}$/],
    [
      { PasswordLength: 1, RequireEachIncludedType: false, ExcludePunctuation: true, ExcludeLowercase: true },
      /^[A-Z0-9]$/,
    ],
  ])('heeds %j', (rules, form) => {
    for (const password of many(rules)) expect(password).toMatch(form);
  });

  it('has spaces only when asked for', () => {
    const rules = { PasswordLength: 4000, ExcludePunctuation: true };
    expect(generatePassword(rules)).not.toContain(' ');
    expect(generatePassword({ ...rules, IncludeSpace: true })).toContain(' ');
  });

  it('puts the required kinds at random positions', () => {
    const firsts = new Set(many({ ExcludePunctuation: true, PasswordLength: 3 }).map((password) => password[0]));
    expect(firsts.size).toBeGreaterThan(30);
  });

  it.each<[PasswordRules, string]>([
    [{ PasswordLength: 3 }, 'Password length 3 is too short for one of each of the 4 required types.'],
    [{ PasswordLength: 0 }, 'PasswordLength must be a whole number from 1 to 4096.'],
    [{ PasswordLength: 4097 }, 'PasswordLength must be a whole number from 1 to 4096.'],
    [
      { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true },
      'The password rules exclude every character.',
    ],
  ])('refuses %j', (rules, message) => {
    expect(() => generatePassword(rules)).toThrow(message);
  });
});

describe('generateSecretString', () => {
  it('is the password alone without a template', () => {
    expect(generateSecretString({ PasswordLength: 40, ExcludePunctuation: true })).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  it('is the template with the password under its key', () => {
    const secret = generateSecretString({
      SecretStringTemplate: '{"username":"analytical"}',
      GenerateStringKey: 'password',
    });
    expect(JSON.parse(secret)).toEqual({ username: 'analytical', password: expect.stringMatching(/^.{32}$/) });
  });

  it('requires a template that is a JSON object, together with a key', () => {
    const together = 'SecretStringTemplate and GenerateStringKey must be given together.';
    expect(() => generateSecretString({ SecretStringTemplate: '{}' })).toThrow(together);
    expect(() => generateSecretString({ GenerateStringKey: 'password' })).toThrow(together);
    for (const SecretStringTemplate of ['[]', '"a"', '{', 'null']) {
      expect(() => generateSecretString({ SecretStringTemplate, GenerateStringKey: 'password' })).toThrow(
        'SecretStringTemplate must be a JSON object.',
      );
    }
  });
});
