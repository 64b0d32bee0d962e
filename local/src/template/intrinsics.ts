/** CloudFormation's intrinsic functions, as pure functions over a scope that resolves names. */

/** Resolves the names in a template. */
export interface Scope {
  /** The value of a parameter, pseudo parameter or resource; throws for an unknown name. */
  reference(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, topLevelKey: string, secondLevelKey: string): unknown;
  /** The value that another stack exports under this name. */
  exported(name: string): unknown;
}

/** The value of `AWS::NoValue`: an element or member with this value is removed. */
export const noValue = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const intrinsics: Record<string, Intrinsic> = {
  Ref: (name, scope) => scope.reference(text(name, 'Ref')),

  'Fn::GetAtt': (argument, scope) => scope.attribute(...attributeReference(argument)),

  'Fn::Join': (argument, scope) => {
    const [delimiter, values] = list(argument, 'Fn::Join', 2);
    const parts = list(resolve(values, scope), 'Fn::Join');
    return parts.map((part) => text(part, 'Fn::Join')).join(text(delimiter, 'Fn::Join'));
  },

  'Fn::Sub': (argument, scope) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return text(template, 'Fn::Sub').replaceAll(placeholder, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return text(resolve(variables[name], scope), 'Fn::Sub');
      const [logicalId, ...attribute] = name.split('.') as [string, ...string[]];
      return text(
        attribute.length > 0 ? scope.attribute(logicalId, attribute.join('.')) : scope.reference(name),
        'Fn::Sub',
      );
    });
  },

  'Fn::Select': (argument, scope) => {
    const [index, values] = list(argument, 'Fn::Select', 2);
    const choices = list(resolve(values, scope), 'Fn::Select');
    const position = Number(resolve(index, scope));
    if (!(position in choices)) {
      throw new Error(`Fn::Select requests element ${position} of a list of ${choices.length}.`);
    }
    return choices[position];
  },

  'Fn::Split': (argument, scope) => {
    const [delimiter, value] = list(argument, 'Fn::Split', 2);
    return text(resolve(value, scope), 'Fn::Split').split(text(delimiter, 'Fn::Split'));
  },

  'Fn::ImportValue': (name, scope) => scope.exported(text(resolve(name, scope), 'Fn::ImportValue')),

  'Fn::FindInMap': (argument, scope) => {
    const keys = list(resolve(argument, scope), 'Fn::FindInMap', 3).map((key) => text(key, 'Fn::FindInMap'));
    return scope.mapping(...(keys as [string, string, string]));
  },

  'Fn::GetAZs': (region, scope) => {
    const name = text(resolve(region, scope), 'Fn::GetAZs') || scope.reference('AWS::Region');
    return ['a', 'b', 'c'].map((zone) => `${name}${zone}`);
  },

  'Fn::Base64': (value, scope) => Buffer.from(text(resolve(value, scope), 'Fn::Base64')).toString('base64'),

  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = list(argument, 'Fn::If', 3);
    return resolve(scope.condition(text(condition, 'Fn::If')) ? whenTrue : whenFalse, scope);
  },

  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(resolve(argument, scope), 'Fn::Equals', 2);
    return String(left) === String(right);
  },

  'Fn::And': (argument, scope) => list(argument, 'Fn::And').every((each) => truth(resolve(each, scope), 'Fn::And')),
  'Fn::Or': (argument, scope) => list(argument, 'Fn::Or').some((each) => truth(resolve(each, scope), 'Fn::Or')),
  'Fn::Not': (argument, scope) => !truth(resolve(list(argument, 'Fn::Not', 1)[0], scope), 'Fn::Not'),
};

/** `${Name}`, `${Name.Attribute}` and the escaped `${!Literal}` of Fn::Sub. */
const placeholder = /\$\{(!?)([^}]+)\}/g;

/**
 * The value with all intrinsic functions resolved.
 * @throws for an unsupported function, a wrong argument or an unknown name.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== noValue);
  if (!isObject(value)) return value;
  const call = intrinsicCall(value);
  if (!call) {
    const resolved = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]);
    return Object.fromEntries(resolved.filter(([, item]) => item !== noValue));
  }
  const [name, argument] = call;
  // Within a condition, `{Condition: name}` names another; elsewhere the key is an ordinary one (IAM statements have it).
  if (name === 'Condition') return scope.condition(argument as string);
  const intrinsic = intrinsics[name];
  if (!intrinsic) {
    throw new Error(
      `The local run does not support the intrinsic function ${name}. It supports ${Object.keys(intrinsics).join(', ')}.`,
    );
  }
  return intrinsic(argument, scope);
}

/** The logical ids and parameters that a value refers to, so that it can be resolved after they exist. */
export function references(value: unknown): Set<string> {
  const found = new Set<string>();
  collect(value, found);
  return found;
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (!isObject(value)) return;
  const [name, argument] = intrinsicCall(value) ?? [];
  if (name === 'Ref') found.add(text(argument, 'Ref'));
  else if (name === 'Fn::GetAtt') found.add(attributeReference(argument)[0]);
  else if (name === 'Fn::Sub') {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    for (const [, literal, placeholderName] of text(template, 'Fn::Sub').matchAll(placeholder)) {
      const [logicalId] = (placeholderName as string).split('.') as [string];
      if (!literal && !Object.hasOwn(variables, placeholderName as string)) found.add(logicalId);
    }
    collect(variables, found);
  } else for (const item of Object.values(value)) collect(item, found);
}

function intrinsicCall(value: Record<string, unknown>): [name: string, argument: unknown] | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  const isCall = name === 'Ref' || name.startsWith('Fn::') || (name === 'Condition' && typeof argument === 'string');
  return isCall ? [name, argument] : undefined;
}

function attributeReference(argument: unknown): [logicalId: string, attribute: string] {
  const parts = typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt');
  const [logicalId, ...attribute] = parts.map((part) => text(part, 'Fn::GetAtt'));
  if (!logicalId || attribute.length === 0) {
    throw new Error(`Fn::GetAtt needs a resource and an attribute, not ${JSON.stringify(argument)}.`);
  }
  return [logicalId, attribute.join('.')];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function list(value: unknown, intrinsic: string, length?: number): unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new Error(`${intrinsic} needs a list${length ? ` of ${length}` : ''}, not ${JSON.stringify(value)}.`);
}

function text(value: unknown, intrinsic: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${intrinsic} needs text, not ${JSON.stringify(value)}.`);
}

function truth(value: unknown, intrinsic: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`${intrinsic} needs conditions, not ${JSON.stringify(value)}.`);
}
