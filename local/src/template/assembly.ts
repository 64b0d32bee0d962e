/** Reads a synthesized cloud assembly: the stacks with their templates, and the sources of the assets. */
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

export interface ResourceDefinition {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  Condition?: string;
  Metadata?: Record<string, unknown>;
}

export interface Template {
  Parameters?: Record<string, { Type: string; Default?: unknown }>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Resources?: Record<string, ResourceDefinition>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown }; Condition?: string }>;
}

export interface Stack {
  name: string;
  account: string;
  region: string;
  template: Template;
}

export interface ImageAsset {
  /** The build context. */
  directory: string;
  dockerfile: string;
}

export interface Assembly {
  /** In order of their dependencies. */
  stacks: Stack[];
  /** The folder or file behind a file asset, by the name of its object in the assets bucket. */
  files: Map<string, string>;
  /** By the image's tag. */
  images: Map<string, ImageAsset>;
}

interface Artifact {
  type: string;
  environment?: string;
  dependencies?: string[];
  properties?: { templateFile?: string; stackName?: string; file?: string; directoryName?: string };
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
  dockerImages?: Record<
    string,
    { source: { directory?: string; dockerFile?: string }; destinations: Record<string, { imageTag: string }> }
  >;
}

/** The account and region of templates that name none. */
const local = { account: '000000000000', region: 'ap-southeast-2' };

/** Reads the assembly in a folder, including nested assemblies (CDK stages). */
export async function readAssembly(directory: string): Promise<Assembly> {
  const manifest = await readJson<{ artifacts: Record<string, Artifact> }>(join(directory, 'manifest.json'));
  const assembly: Assembly = { stacks: [], files: new Map(), images: new Map() };
  for (const [id, artifact] of inDependencyOrder(manifest.artifacts)) {
    const { templateFile, stackName, file, directoryName } = artifact.properties ?? {};
    if (artifact.type === 'cdk:asset-manifest' && file) {
      addAssets(assembly, directory, await readJson<AssetManifest>(join(directory, file)));
    } else if (artifact.type === 'aws:cloudformation:stack' && templateFile) {
      const [, account, region] = artifact.environment?.match(/^aws:\/\/([^/]+)\/(.+)$/) ?? [];
      assembly.stacks.push({
        name: stackName ?? id,
        account: !account || account === 'unknown-account' ? local.account : account,
        region: !region || region === 'unknown-region' ? local.region : region,
        template: await readJson<Template>(join(directory, templateFile)),
      });
    } else if (artifact.type === 'cdk:cloud-assembly' && directoryName) {
      const nested = await readAssembly(join(directory, directoryName));
      assembly.stacks.push(...nested.stacks);
      for (const [name, path] of nested.files) assembly.files.set(name, path);
      for (const [tag, image] of nested.images) assembly.images.set(tag, image);
    }
  }
  return assembly;
}

function addAssets(assembly: Assembly, directory: string, manifest: AssetManifest): void {
  for (const { source, destinations } of Object.values(manifest.files ?? {})) {
    for (const { objectKey } of Object.values(destinations)) {
      if (source.path) assembly.files.set(basename(objectKey), resolve(directory, source.path));
    }
  }
  for (const { source, destinations } of Object.values(manifest.dockerImages ?? {})) {
    for (const { imageTag } of Object.values(destinations)) {
      if (!source.directory) continue;
      const context = resolve(directory, source.directory);
      assembly.images.set(imageTag, {
        directory: context,
        dockerfile: join(context, source.dockerFile ?? 'Dockerfile'),
      });
    }
  }
}

function inDependencyOrder(artifacts: Record<string, Artifact>): [string, Artifact][] {
  const ordered = new Map<string, Artifact>();
  const visit = (id: string) => {
    const artifact = artifacts[id];
    if (!artifact || ordered.has(id)) return;
    for (const dependency of artifact.dependencies ?? []) visit(dependency);
    ordered.set(id, artifact);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return [...ordered];
}

/** @throws naming the file if it is damaged */
async function readJson<T>(path: string): Promise<T> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`${path} is damaged (${(error as Error).message}). Delete its folder: it is synthesized again.`);
  }
}
