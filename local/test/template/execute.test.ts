// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the placeholders of Fn::Sub
import { describe, expect, test } from 'vitest';
import type { ExecutionContext } from '../../src/execution-context.ts';
import type { Assembly, Template } from '../../src/template/assembly.ts';
import { executeTemplates } from '../../src/template/execute.ts';

function assembly(...templates: Template[]): Assembly {
  const stacks = templates.map((template, index) => ({
    name: `stack-${index + 1}`,
    account: '000000000000',
    region: 'ap-southeast-2',
    template,
  }));
  return { stacks, files: new Map(), images: new Map() };
}

/** Versions of Lambda functions are made of nothing but their properties, so they need nothing of the machine but to be open. */
const emptyContext = () => ({ run: { assertOpen() {} }, resources: new Map() }) as unknown as ExecutionContext;
const execute = (...templates: Template[]) => executeTemplates(assembly(...templates), emptyContext());

const version = (FunctionName: unknown) => ({ Type: 'AWS::Lambda::Version', Properties: { FunctionName } });

describe('a template', () => {
  test('is executed in the order of its references, and has outputs', async () => {
    const outputs = await execute({
      Parameters: { Name: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/from/ssm' } },
      Mappings: { Sizes: { 'ap-southeast-2': { size: 'large' } } },
      Resources: {
        Later: version({ Ref: 'Earlier' }),
        Earlier: version({ 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'size'] }),
      },
      Outputs: { Arn: { Value: { Ref: 'Later' } }, Parameter: { Value: { Ref: 'Name' } } },
    });
    const prefix = 'arn:aws:lambda:ap-southeast-2:000000000000:function';
    expect(outputs).toEqual({ 'stack-1': { Arn: `${prefix}:${prefix}:large:Earlier:Later`, Parameter: '/from/ssm' } });
  });

  test('makes only what its conditions allow', async () => {
    const outputs = await execute({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] }, Always: { 'Fn::Not': [{ Condition: 'Never' }] } },
      Resources: { Refused: { ...version(1), Condition: 'Never' }, Made: { ...version(2), Condition: 'Always' } },
      Outputs: {
        Refused: { Value: { Ref: 'Refused' }, Condition: 'Never' },
        Made: { Value: { 'Fn::GetAtt': ['Made', 'Version'] } },
      },
    });
    expect(outputs).toEqual({ 'stack-1': { Made: 'Made' } });
  });

  test('imports what an earlier one exports', async () => {
    const outputs = await execute(
      { Outputs: { Host: { Value: 'db.example', Export: { Name: { 'Fn::Sub': '${AWS::StackName}-host' } } } } },
      { Outputs: { Host: { Value: { 'Fn::ImportValue': 'stack-1-host' } } } },
    );
    expect(outputs['stack-2']).toEqual({ Host: 'db.example' });
  });

  test('may refer to resources that do not exist locally', async () => {
    const outputs = await execute({
      Resources: { Vpc: { Type: 'AWS::EC2::VPC' } },
      Outputs: { Block: { Value: { 'Fn::GetAtt': ['Vpc', 'CidrBlock'] } }, Id: { Value: { Ref: 'Vpc' } } },
    });
    expect(outputs['stack-1']).toEqual({ Block: 'Vpc.CidrBlock', Id: 'Vpc' });
  });
});

describe('a template is refused', () => {
  test.each<[what: string, template: Template, message: RegExp]>([
    [
      'by the name of a resource type that is not known',
      { Resources: { Uploads: { Type: 'AWS::DynamoDB::Table' } } },
      /stack-1 has a resource of a type that the local run does not support: Uploads of type AWS::DynamoDB::Table\. Add a handler in/,
    ],
    [
      'for an unknown name',
      { Resources: { A: version({ Ref: 'Nothing' }) } },
      /^A \(AWS::Lambda::Version\): Nothing is/,
    ],
    [
      'for an attribute that the handler does not give',
      { Resources: { A: version(1), B: version({ 'Fn::GetAtt': ['A', 'Colour'] }) } },
      /does not support the attribute Colour of A \(AWS::Lambda::Version\)/,
    ],
    [
      'for a circle',
      { Resources: { A: version({ Ref: 'B' }), B: { ...version(1), DependsOn: ['A'] } } },
      /A → B → A is a circular dependency/,
    ],
    [
      'for a parameter without a value',
      { Parameters: { Size: { Type: 'String' } }, Resources: { A: version({ Ref: 'Size' }) } },
      /The parameter Size of stack-1 has no default/,
    ],
    ['for an import that nothing exports', { Outputs: { A: { Value: { 'Fn::ImportValue': 'x' } } } }, /exports x/],
  ])('%s', async (_, template, message) => {
    await expect(execute(template)).rejects.toThrow(message);
  });
});
