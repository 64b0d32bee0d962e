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

/** The folder of the project in an image; locally it is the project's own folder. */
const imageRoot = '/app';

export const taskDefinition: ResourceHandler = {
  type: 'AWS::ECS::TaskDefinition',
  async make({ logicalId, properties, stack }, context) {
    const [container, ...others] = list<ContainerProperties>(properties.ContainerDefinitions);
    if (!container || others.length > 0) throw new Error('The local run requires exactly one container in a task.');
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

/** The ARN of the definition's revision. An equal definition has the same revision, so that a service can return to it. */
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

/** The command of the image's Dockerfile, for this machine. */
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
    throw new Error(`${asset.dockerfile} runs "${words.join(' ')}"; the local run supports only the command node.`);
  }
  if (!isWithin(image.workingDirectory, imageRoot)) {
    throw new Error(
      `${asset.dockerfile}: WORKDIR must be ${imageRoot}, the project's folder in the image, or a folder below.`,
    );
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

/** The secrets that ECS reads with the execution role before it starts a container. */
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
        throw new Error(
          `The execution role of ${container} may not read the secret for ${Name}. Grant read access to it.`,
        );
      }
      const value = context.identities.secretValue(arn);
      return [Name, key ? String((JSON.parse(value) as Record<string, unknown>)[key]) : value];
    }),
  );
}
