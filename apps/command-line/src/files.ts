import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileSource, type Source } from './form.ts';
import { UsageError } from './usage-error.ts';

const salesFile = /\.(zip|gz|dat|csv|tsv|xlsx|ods|jsonl|ndjson|geojson|parquet)$/i;

/**
 * The given files, and all files in the given folders and their subfolders whose extension is that of a sales file; sorted by name. The other files of
 * the folders are `skipped`.
 * @throws UsageError if a path does not exist, or a folder has no such file.
 */
export async function findFiles(paths: readonly string[]): Promise<{ sources: Source[]; skipped: string[] }> {
  const found: string[] = [];
  const skipped: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (entry) => entry.isDirectory(),
      () => {
        throw new UsageError(`There is no file or folder "${path}".`);
      },
    );
    if (!isFolder) {
      found.push(path);
      continue;
    }
    const files = (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const inside = files.filter((file) => salesFile.test(file));
    skipped.push(...files.filter((file) => !salesFile.test(file)).sort(compare));
    if (inside.length === 0)
      throw new UsageError(`The folder "${path}" has no sales files (.zip, .dat, .csv, .xlsx and similar).`);
    found.push(...inside);
  }
  const byName = [...new Set(found)].sort((a, b) => compare(basename(a), basename(b)) || compare(a, b));
  const sources = await Promise.all(
    byName.map(async (path) => fileSource(basename(path), path, (await stat(path)).size)),
  );
  return { sources, skipped };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
