/** Synthesized templates with something changed in them: what a mistake, or another version of the system, would be. */
import { cp, glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Template } from '../src/template/assembly.ts';

export type Resources = NonNullable<Template['Resources']>;

/** Copies the assembly in `from` to `to`, with a change in its template; what depends on a resource that is gone does so no more. */
export async function changeAssembly(
  from: string,
  to: string,
  change: (resources: Resources) => void,
): Promise<string> {
  await cp(from, to, { recursive: true });
  const file = await onlyFile(to, '*.template.json');
  const template = JSON.parse(await readFile(file, 'utf8')) as Template;
  const resources = template.Resources ?? {};
  change(resources);
  for (const resource of Object.values(resources)) {
    resource.DependsOn = [resource.DependsOn ?? []].flat().filter((id) => id in resources);
  }
  await writeFile(file, JSON.stringify(template));
  return to;
}

/** Copies the assembly in `from` to `to`, with one more migration, under the names that CDK would give the migrator with it. */
export async function addMigration(from: string, to: string, sql: string): Promise<string> {
  await cp(from, to, { recursive: true });
  const templateFile = await onlyFile(to, '*.template.json');
  const assetsFile = await onlyFile(to, '*.assets.json');
  const template = await readFile(templateFile, 'utf8');
  const [version = ''] = template.match(/MigrationsMigratorCurrentVersion\w+/) ?? [];
  const { Resources } = JSON.parse(template) as {
    Resources: Record<string, { Properties: { Code: { S3Key: string } } }>;
  };
  const migrator = Object.keys(Resources).find((id) => /^MigrationsMigrator[0-9A-F]+$/.test(id)) as string;
  const [hash = ''] = Resources[migrator]?.Properties.Code.S3Key.split('.') ?? [];
  const changedHash = hash.replace(/.{4}$/, 'feed');

  const assets = await readFile(assetsFile, 'utf8');
  const { files } = JSON.parse(assets) as { files: Record<string, { source: { path: string } }> };
  const code = join(to, `asset.${changedHash}`);
  await cp(files[hash]?.source.path as string, code, { recursive: true });
  await writeFile(join(code, 'migrations', '9999_another.sql'), sql);
  await writeFile(
    assetsFile,
    assets.replaceAll(files[hash]?.source.path as string, code).replaceAll(hash, changedHash),
  );
  await writeFile(templateFile, template.replaceAll(hash, changedHash).replaceAll(version, `${version}feed`));
  return to;
}

async function onlyFile(directory: string, pattern: string): Promise<string> {
  const [name, ...others] = await Array.fromAsync(glob(pattern, { cwd: directory }));
  if (!name || others.length > 0) throw new Error(`There is not one file ${pattern} in ${directory}.`);
  return join(directory, name);
}
