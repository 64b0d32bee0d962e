// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the placeholders of Fn::Sub
import { describe, expect, test } from 'vitest';
import { noValue, references, resolve, type Scope } from '../../src/template/intrinsics.ts';

const scope: Scope = {
  reference(name) {
    const values: Record<string, unknown> = {
      'AWS::Region': 'ap-southeast-2',
      'AWS::NoValue': noValue,
      Secret: 'arn:secret',
      Zones: ['a', 'b'],
      Port: 5432,
    };
    if (name in values) return values[name];
    throw new Error(`${name} is unknown`);
  },
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'IsTrue',
  mapping: (...keys) => keys.join('>'),
  exported: (name) => `exported ${name}`,
};

describe('an intrinsic function is evaluated', () => {
  test.each<[what: string, value: unknown, expected: unknown]>([
    ['Ref to a resource', { Ref: 'Secret' }, 'arn:secret'],
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'ap-southeast-2'],
    ['Ref to no value, in an object', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['Ref to no value, in a list', [1, { Ref: 'AWS::NoValue' }, 2], [1, 2]],
    ['GetAtt with a list', { 'Fn::GetAtt': ['Db', 'Endpoint.Address'] }, 'Db/Endpoint.Address'],
    ['GetAtt with text', { 'Fn::GetAtt': 'Db.Endpoint.Port' }, 'Db/Endpoint.Port'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Port' }, 'b']] }, 'a-5432-b'],
    ['Join of a list that is a reference', { 'Fn::Join': [',', { Ref: 'Zones' }] }, 'a,b'],
    ['Sub with references', { 'Fn::Sub': '${AWS::Region}:${Db.Arn}:${Secret}' }, 'ap-southeast-2:Db/Arn:arn:secret'],
    ['Sub with an escape', { 'Fn::Sub': '${!Literal} ${Port}' }, '${Literal} 5432'],
    ['Sub with variables', { 'Fn::Sub': ['${name}@${Port}', { name: { Ref: 'Secret' } }] }, 'arn:secret@5432'],
    ['Select', { 'Fn::Select': [1, ['a', 'b']] }, 'b'],
    ['Select with an index as text', { 'Fn::Select': ['0', { 'Fn::GetAZs': '' }] }, 'ap-southeast-2a'],
    ['Split', { 'Fn::Split': [':', { Ref: 'Secret' }] }, ['arn', 'secret']],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'x-${AWS::Region}' } }, 'exported x-ap-southeast-2'],
    ['FindInMap', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'size'] }, 'Map>ap-southeast-2>size'],
    ['GetAZs of a region', { 'Fn::GetAZs': 'us-east-1' }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['If, true', { 'Fn::If': ['IsTrue', { Ref: 'Secret' }, 'no'] }, 'arn:secret'],
    ['If, false', { 'Fn::If': ['IsFalse', { Ref: 'Missing' }, 'no'] }, 'no'],
    ['Equals', { 'Fn::Equals': [{ Ref: 'Port' }, '5432'] }, true],
    ['And', { 'Fn::And': [{ Condition: 'IsTrue' }, { 'Fn::Equals': ['a', 'a'] }] }, true],
    ['Or', { 'Fn::Or': [{ Condition: 'IsFalse' }, { 'Fn::Equals': ['a', 'b'] }] }, false],
    ['Not', { 'Fn::Not': [{ Condition: 'IsFalse' }] }, true],
    ['nested in lists and objects', { a: [{ b: { Ref: 'Port' } }] }, { a: [{ b: 5432 }] }],
    [
      'one that only looks like a condition',
      { Condition: { StringEquals: { a: 'b' } } },
      { Condition: { StringEquals: { a: 'b' } } },
    ],
  ])('%s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });
});

describe('an invalid template is refused with a sentence', () => {
  test.each<[what: string, value: unknown, message: RegExp]>([
    [
      'an unknown function',
      { 'Fn::Transform': {} },
      /does not support the intrinsic function Fn::Transform\. It supports Ref/,
    ],
    ['a missing element', { 'Fn::Select': [2, ['a', 'b']] }, /requests element 2 of a list of 2/],
    ['a wrong number of arguments', { 'Fn::Join': ['-'] }, /Fn::Join needs a list of 2/],
    ['an object as text', { 'Fn::Join': ['-', [{ a: 1 }]] }, /Fn::Join needs text, not {"a":1}/],
    ['an unknown name', { 'Fn::Sub': 'x ${Nowhere}' }, /Nowhere is unknown/],
    ['an attribute without a name', { 'Fn::GetAtt': 'Db' }, /needs a resource and an attribute/],
    ['a value as a condition', { 'Fn::Not': ['yes'] }, /Fn::Not needs conditions/],
  ])('%s', (_, value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

test('the references of a value are found wherever they are', () => {
  const value = {
    a: { Ref: 'A' },
    b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::GetAtt': 'C.Endpoint.Port' }],
    d: { 'Fn::Sub': ['${D.Arn} ${E} ${!NotThis} ${local}', { local: { Ref: 'F' } }] },
    g: { 'Fn::If': ['IsTrue', { 'Fn::Join': ['', [{ Ref: 'G' }]] }, 'no'] },
  };
  expect([...references(value)].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
});
