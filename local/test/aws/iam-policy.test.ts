import { describe, expect, it } from 'vitest';
import { isAllowed, type PolicyStatement } from '../../src/aws/iam-policy.ts';

const get = 'secretsmanager:GetSecretValue';
const mine = 'arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:analytical-AbCdEf';
const other = 'arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:reporting-GhIjKl';

const allow = (statement: Partial<PolicyStatement>): PolicyStatement => ({ Effect: 'Allow', ...statement });
const deny = (statement: Partial<PolicyStatement>): PolicyStatement => ({ Effect: 'Deny', ...statement });

const cases: [what: string, statements: PolicyStatement[], action: string, resource: string, allowed: boolean][] = [
  ['nothing is allowed by default', [], get, mine, false],
  ['what a statement names is allowed', [allow({ Action: get, Resource: mine })], get, mine, true],
  ['another resource is not', [allow({ Action: get, Resource: mine })], get, other, false],
  ['another action is not', [allow({ Action: get, Resource: mine })], 'secretsmanager:PutSecretValue', mine, false],
  ['any of several will do', [allow({ Action: ['s3:*', get], Resource: [other, mine] })], get, mine, true],
  ['* matches any run of characters', [allow({ Action: 'secretsmanager:*', Resource: '*' })], get, mine, true],
  [
    '* matches within a name',
    [allow({ Action: 'secretsmanager:Get*', Resource: `${mine.slice(0, -6)}*` })],
    get,
    mine,
    true,
  ],
  ['? matches one character', [allow({ Action: get, Resource: `${mine.slice(0, -6)}??????` })], get, mine, true],
  ['? matches no more than one', [allow({ Action: get, Resource: `${mine.slice(0, -6)}?????` })], get, mine, false],
  [
    'actions match without regard to case',
    [allow({ Action: 'SecretsManager:getsecretvalue', Resource: '*' })],
    get,
    mine,
    true,
  ],
  ['resources match with regard to case', [allow({ Action: get, Resource: mine.toUpperCase() })], get, mine, false],
  ['a pattern must match the whole', [allow({ Action: 'secretsmanager:Get', Resource: '*' })], get, mine, false],
  [
    'a denial wins, whichever comes first',
    [deny({ Action: get, Resource: mine }), allow({ Action: '*', Resource: '*' })],
    get,
    mine,
    false,
  ],
  [
    'a denial wins, whichever comes first',
    [allow({ Action: '*', Resource: '*' }), deny({ Action: get, Resource: mine })],
    get,
    mine,
    false,
  ],
  [
    'a denial of something else does not matter',
    [allow({ Action: get, Resource: '*' }), deny({ Action: get, Resource: other })],
    get,
    mine,
    true,
  ],
  ['NotAction is any other action', [allow({ NotAction: 'iam:*', Resource: '*' })], get, mine, true],
  [
    'NotAction is none of those',
    [allow({ NotAction: ['iam:*', 'secretsmanager:*'], Resource: '*' })],
    get,
    mine,
    false,
  ],
  ['NotResource is any other resource', [allow({ Action: get, NotResource: other })], get, mine, true],
  ['NotResource is none of those', [allow({ Action: get, NotResource: [other, mine] })], get, mine, false],
];

describe('isAllowed', () => {
  it.each(cases)('%s', (_what, statements, action, resource, allowed) => {
    expect(isAllowed(statements, action, resource)).toBe(allowed);
  });

  it('refuses an unknown condition that decides the answer, by its name', () => {
    const statements = [
      allow({
        Action: get,
        Resource: '*',
        Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': ['AWSCURRENT'] } },
      }),
    ];
    expect(() => isAllowed(statements, get, mine)).toThrow('ForAnyValue:StringEquals on secretsmanager:VersionStage');
    expect(isAllowed(statements, 'secretsmanager:DescribeSecret', mine)).toBe(false);
  });

  it('refuses a policy variable in a resource', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how IAM writes a policy variable
    const statements = [allow({ Action: get, Resource: 'arn:aws:secretsmanager:*:*:secret:${aws:username}' })];
    expect(() => isAllowed(statements, get, mine)).toThrow('policy variable');
  });
});
