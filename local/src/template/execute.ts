/** Executes templates as CloudFormation does: each resource after those that it refers to, independent ones at the same time. */
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from '../execution-context.ts';
import type { ResourceHandler } from '../resources/handler.ts';
import { handlers } from '../resources/handlers.ts';
import { skipReason } from '../resources/skipped.ts';
import type { Assembly, ResourceDefinition, Stack } from './assembly.ts';
import { noValue, references, resolve, type Scope } from './intrinsics.ts';
import { assertReach } from './reach.ts';
import type { MadeResource, ResourceRequest } from './resource.ts';

/**
 * Makes every resource of every stack, or changes it if it is there and its template has changed. At the end, removes the resources that no
 * template has any more.
 * @returns the stacks' outputs, by stack and name.
 * @throws before any resource is made, if a resource type is neither executed nor skipped by name, or a task or function could not reach a service
 *   that has an endpoint on this machine; and if a resource cannot be made, after
 *   which no other one is started.
 */
export async function executeTemplates(
  assembly: Assembly,
  context: ExecutionContext,
): Promise<Record<string, Record<string, unknown>>> {
  for (const stack of assembly.stacks) {
    assertTypesKnown(stack);
    assertReach(stack);
  }
  context.assembly = assembly;
  const exports = new Map<string, unknown>();
  const outputs: Record<string, Record<string, unknown>> = {};
  const wanted = new Set<string>();
  for (const stack of assembly.stacks) outputs[stack.name] = await executeStack(stack, exports, wanted, context);
  for (const [key, { type, request }] of [...context.resources].reverse()) {
    if (wanted.has(key)) continue;
    await handlerOf(type)?.remove?.(request, context);
    context.resources.delete(key);
  }
  return outputs;
}

/**
 * Executes changed templates on a running system. If that fails, executes the former templates again.
 * @throws the error of the failed update.
 */
export async function updateTemplates(
  assembly: Assembly,
  context: ExecutionContext,
): Promise<Record<string, Record<string, unknown>>> {
  const former = context.assembly;
  try {
    const outputs = await executeTemplates(assembly, context);
    context.balancer.assertOneListener();
    return outputs;
  } catch (error) {
    context.logs.source('local').warn(`The update has failed and is reverted: ${(error as Error).message}`);
    await executeTemplates(former, context);
    throw error;
  }
}

function assertTypesKnown(stack: Stack): void {
  const known = new Set(handlers.map(({ type }) => type));
  for (const [logicalId, { Type }] of Object.entries(stack.template.Resources ?? {})) {
    if (known.has(Type) || skipReason(Type) !== undefined) continue;
    throw new Error(
      `${stack.name} has a resource of a type that the local run does not support: ${logicalId} of type ${Type}. Add a handler in local/src/resources/, or add the type to local/src/resources/skipped.ts with the reason why it can be skipped.`,
    );
  }
}

async function executeStack(
  stack: Stack,
  exports: Map<string, unknown>,
  wanted: Set<string>,
  context: ExecutionContext,
): Promise<Record<string, unknown>> {
  const { Resources: definitions = {}, Outputs = {} } = stack.template;
  const made = new Map<string, MadeResource>();
  const scope = stackScope(stack, made, exports);
  const allowed = Object.entries(definitions).filter(([, { Condition }]) => !Condition || scope.condition(Condition));
  const makings = new Map<string, Promise<void>>();
  let failed = false;

  const make = (logicalId: string, definition: ResourceDefinition, path: string[]): Promise<void> => {
    if (path.includes(logicalId))
      throw new Error(`${stack.name}: ${[...path, logicalId].join(' → ')} is a circular dependency.`);
    const started = makings.get(logicalId);
    if (started) return started;
    const dependencies = dependenciesOf(definition).flatMap((id) => {
      const dependency = allowed.find(([allowedId]) => allowedId === id);
      return dependency ? [make(id, dependency[1], [...path, logicalId])] : [];
    });
    const making = Promise.all(dependencies).then(async () => {
      if (failed) return; // another resource has failed
      try {
        wanted.add(resourceKey(stack, logicalId));
        made.set(logicalId, await makeResource(stack, logicalId, definition, scope, context));
      } catch (error) {
        failed = true;
        throw new Error(`${logicalId} (${definition.Type}): ${(error as Error).message}`, { cause: error });
      }
    });
    makings.set(logicalId, making);
    return making;
  };
  // Waits for all, so that no resource is still being made when a failure is reported.
  const results = await Promise.allSettled(allowed.map(([logicalId, definition]) => make(logicalId, definition, [])));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;

  const outputs: Record<string, unknown> = {};
  for (const [name, { Value, Export, Condition }] of Object.entries(Outputs)) {
    if (Condition && !scope.condition(Condition)) continue;
    outputs[name] = resolve(Value, scope);
    if (Export) exports.set(String(resolve(Export.Name, scope)), outputs[name]);
  }
  return outputs;
}

async function makeResource(
  stack: Stack,
  logicalId: string,
  { Type, Properties = {}, Metadata }: ResourceDefinition,
  scope: Scope,
  context: ExecutionContext,
): Promise<MadeResource> {
  const handler = handlerOf(Type);
  if (!handler) return { ref: logicalId };
  context.run.assertOpen();
  const { name, account, region } = stack;
  const request: ResourceRequest = {
    logicalId,
    properties: resolve(Properties, scope) as Record<string, unknown>,
    stack: { name, account, region },
    constructName: constructName(Metadata) ?? logicalId,
  };
  const key = resourceKey(stack, logicalId);
  const present = context.resources.get(key);
  if (present?.made && isDeepStrictEqual(present.request, request)) return present.made;
  context.resources.set(key, { type: Type, request });
  const made = await change(handler, present?.request, request, context);
  context.resources.set(key, { type: Type, request, made });
  return made;
}

async function change(
  handler: ResourceHandler,
  former: ResourceRequest | undefined,
  request: ResourceRequest,
  context: ExecutionContext,
): Promise<MadeResource> {
  if (!former) return handler.make(request, context);
  if (handler.update) return handler.update(request, context);
  await handler.remove?.(former, context);
  return handler.make(request, context);
}

function handlerOf(resourceType: string): ResourceHandler | undefined {
  return handlers.find(({ type }) => type === resourceType);
}

function resourceKey({ name }: Stack, logicalId: string): string {
  return `${name}/${logicalId}`;
}

function dependenciesOf({ Properties, DependsOn = [] }: ResourceDefinition): string[] {
  return [...new Set([DependsOn].flat()), ...references(Properties)];
}

/** The name of the construct, from the path in the construct tree that CDK adds. The last part of the path names the resource itself. */
function constructName(metadata: Record<string, unknown> | undefined): string | undefined {
  const path = metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.split('/').at(-2)?.toLowerCase() : undefined;
}

function stackScope(stack: Stack, made: Map<string, MadeResource>, exports: Map<string, unknown>): Scope {
  const { name, account, region, template } = stack;
  const { Parameters = {}, Mappings = {}, Conditions = {}, Resources = {} } = template;
  const pseudoParameters: Record<string, unknown> = {
    'AWS::AccountId': account,
    'AWS::NoValue': noValue,
    'AWS::NotificationARNs': [],
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${name}/00000000-0000-0000-0000-000000000000`,
    'AWS::StackName': name,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const resource = (logicalId: string): MadeResource => {
    const found = made.get(logicalId);
    if (found) return found;
    throw new Error(
      logicalId in Resources
        ? `${logicalId} is referenced, but not made because of its condition.`
        : `${logicalId} is referenced, but ${name} has no such parameter or resource.`,
    );
  };
  const scope: Scope = {
    reference(id) {
      if (id in pseudoParameters) return pseudoParameters[id];
      const parameter = Parameters[id];
      if (!parameter) return resource(id).ref;
      if (parameter.Default !== undefined) return parameter.Default;
      throw new Error(`The parameter ${id} of ${name} has no default, and the local run sets no parameters.`);
    },
    attribute(logicalId, attribute) {
      const { attributes } = resource(logicalId);
      const value = attributes?.[attribute];
      if (value !== undefined) return value;
      // A skipped resource has no attributes; a placeholder replaces them.
      const type = Resources[logicalId]?.Type ?? '';
      if (skipReason(type) !== undefined) return `${logicalId}.${attribute}`;
      throw new Error(`The local run does not support the attribute ${attribute} of ${logicalId} (${type}).`);
    },
    condition(id) {
      if (!(id in Conditions)) throw new Error(`${name} has no condition ${id}.`);
      return resolve(Conditions[id], scope) === true;
    },
    mapping(map, topLevelKey, secondLevelKey) {
      const value = Mappings[map]?.[topLevelKey]?.[secondLevelKey];
      if (value !== undefined) return value;
      throw new Error(`The mapping ${map} of ${name} has no value for ${topLevelKey}, ${secondLevelKey}.`);
    },
    exported(id) {
      if (exports.has(id)) return exports.get(id);
      throw new Error(`No stack before ${name} exports ${id}.`);
    },
  };
  return scope;
}
