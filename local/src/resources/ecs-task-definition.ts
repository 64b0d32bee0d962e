import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readImageProcess } from '../dockerfile.ts';
import type { ExecutionContext } from '../execution-context.ts';
import type { ContainerProcess } from '../task.ts';
import type { ResourceHandler } from './handler.ts';
import { list } from './properties.ts';

interface ContainerProperties {
  Name: string;
  Image: string;
  Command?: string[];
  EntryPoint?: string[];
  Environment?: { Name: string; Value: string }[];
  Secrets?: { Name: string; ValueFrom: string }[];
  MountPoints?: { SourceVolume: string; ContainerPath: string }[];
  StopTimeout?: number;
}

/** Where the images hold the project; here it is the folder that the project lies in. */
const imageRoot = '/app';

export const taskDefinition: ResourceHandler = {
  type: 'AWS::ECS::TaskDefinition',
  async make({ logicalId, properties, stack }, context) {
    const [container, ...others] = list<ContainerProperties>(properties.ContainerDefinitions);
    if (!container || others.length > 0) throw new Error('A task is run locally with exactly one container.');
    const environment = Object.fromEntries(
      list<{ Name: string; Value: string }>(container.Environment).map(({ Name, Value }) => [Name, Value]),
    );
    const volumes = list<{ Name: string }>(properties.Volumes).map(({ Name }) => Name);
    const mounts = list<{ SourceVolume: string; ContainerPath: string }>(container.MountPoints);
    for (const { SourceVolume } of mounts) {
      if (!volumes.includes(SourceVolume)) throw new Error(`The volume ${SourceVolume} is mounted, but not defined.`);
    }
    const image = await imageProcess(container, context);
    const definition: ContainerProcess = {
      ...image,
      name: container.Name,
      environment: {
        ...image.environment,
        ...environment,
        ...secretEnvironment(container, properties.ExecutionRoleArn, context),
        ...context.identities.environment(properties.TaskRoleArn as string | undefined),
      },
      mounts: mounts.map(({ SourceVolume, ContainerPath }) => ({ volume: SourceVolume, containerPath: ContainerPath })),
      stopTimeoutSeconds: container.StopTimeout ?? 30,
    };
    const family = `arn:aws:ecs:${stack.region}:${stack.account}:task-definition/${logicalId}`;
    const arn = addRevision(context.taskDefinitions, family, definition);
    return { ref: arn, attributes: { TaskDefinitionArn: arn } };
  },
};

/** The ARN of the definition's revision: a new one, unless there is one that says the same, to which a service can go back. */
function addRevision(
  taskDefinitions: ExecutionContext['taskDefinitions'],
  family: string,
  definition: ContainerProcess,
): string {
  for (let revision = 1; ; revision++) {
    const arn = `${family}:${revision}`;
    const existing = taskDefinitions.get(arn);
    if (existing && !isDeepStrictEqual(existing, definition)) continue;
    taskDefinitions.set(arn, definition);
    return arn;
  }
}

/** What the image's Dockerfile would run, as a command for this machine. */
async function imageProcess(
  container: ContainerProperties,
  context: ExecutionContext,
): Promise<Pick<ContainerProcess, 'command' | 'arguments' | 'workingDirectory' | 'environment'>> {
  const tag = container.Image.split(':').at(-1) as string;
  const asset = context.assembly.images.get(tag);
  if (!asset) {
    throw new Error(
      `The container ${container.Name} runs the image ${container.Image}, which is not built from this project.`,
    );
  }
  const image = readImageProcess(await readFile(asset.dockerfile, 'utf8'), asset.dockerfile);
  const words = [...(container.EntryPoint ?? image.entrypoint), ...(container.Command ?? image.command)];
  const [command, ...rest] = words.map((word) => inProject(word, context.projectRoot));
  if (command !== 'node') {
    throw new Error(`${asset.dockerfile} runs "${words.join(' ')}"; a task is run locally with the command node.`);
  }
  if (!isWithin(image.workingDirectory, imageRoot)) {
    throw new Error(`${asset.dockerfile}: WORKDIR must be ${imageRoot}, where the image holds the project, or below.`);
  }
  return {
    command: process.execPath,
    arguments: rest,
    workingDirectory: inProject(image.workingDirectory, context.projectRoot),
    environment: image.environment,
  };
}

function inProject(word: string, projectRoot: string): string {
  return isWithin(word, imageRoot) ? join(projectRoot, posix.relative(imageRoot, word)) : word;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** ECS itself reads these, with the execution role, before it starts a container. */
function secretEnvironment(
  { Name: container, Secrets }: ContainerProperties,
  executionRoleArn: unknown,
  context: ExecutionContext,
): Record<string, string> {
  return Object.fromEntries(
    list<{ Name: string; ValueFrom: string }>(Secrets).map(({ Name, ValueFrom }) => {
      // arn:aws:secretsmanager:region:account:secret:name:json-key:version-stage:version-id, the last three optional.
      const parts = ValueFrom.split(':');
      const [arn, key] = [parts.slice(0, 7).join(':'), parts[7]];
      if (!context.identities.mayRead(String(executionRoleArn), arn)) {
        throw new Error(`The execution role of ${container} may not read the secret for ${Name}: grant it.`);
      }
      const value = context.identities.secretValue(arn);
      return [Name, key ? String((JSON.parse(value) as Record<string, unknown>)[key]) : value];
    }),
  );
}
