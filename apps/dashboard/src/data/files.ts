/** The files that a reader drops or chooses. */

/** Files of a folder with other endings are not loaded; those that are dropped one by one are. The same as of `npm run import`. */
const loadable = /\.(zip|gz|dat|csv|tsv|xlsx|ods|jsonl|ndjson|geojson|parquet)$/i;

export interface Chosen {
  files: File[];
  /** Names of files of folders that are not loaded. */
  skipped: string[];
}

/** The files of a drop, with those of its folders. */
export async function droppedFiles({ items }: DataTransfer): Promise<Chosen> {
  // The list is empty after the first wait.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const chosen: Chosen = { files: [], skipped: [] };
  for (const entry of entries) await collect(entry, chosen, false);
  return chosen;
}

/** The files of a folder that was chosen. */
export function folderFiles(list: FileList): Chosen {
  const all = [...list];
  return {
    files: all.filter(({ name }) => loadable.test(name)),
    skipped: all.flatMap(({ name }) => (loadable.test(name) ? [] : [name])),
  };
}

async function collect(entry: FileSystemEntry, chosen: Chosen, inFolder: boolean): Promise<void> {
  if (entry.isFile) {
    if (inFolder && !loadable.test(entry.name)) chosen.skipped.push(entry.name);
    else
      chosen.files.push(
        await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
      );
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const each of entries) await collect(each, chosen, true);
  }
}

/** Bytes of a text file that a preview needs; the service reads only the beginning. */
const previewed = 8 * 2 ** 20;

/** The whole lines at the beginning of a long text file; other files as they are, because they cannot be cut. */
export async function beginningOf(file: File): Promise<File> {
  if (file.size <= previewed || !/\.(csv|tsv|dat|jsonl|ndjson)$/i.test(file.name)) return file;
  const start = file.slice(0, previewed);
  const bytes = new Uint8Array(await start.arrayBuffer());
  return new File([bytes.subarray(0, bytes.lastIndexOf(10) + 1)], file.name);
}
