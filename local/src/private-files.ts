/** Files that only their owner may read, write or replace: the local system executes code from its data directory. */
import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const folderMode = 0o700;
const fileMode = 0o600;

/**
 * Creates a folder that only this user can enter, or makes an existing one so.
 * @returns whether others could enter it before, and so may have changed its content
 * @throws if it belongs to another user, or another user could replace it; the message names the folder
 */
export async function makePrivateFolder(folder: string): Promise<{ wasOpen: boolean }> {
  await mkdir(folder, { recursive: true, mode: folderMode });
  const { mode, uid } = await stat(folder);
  if (uid !== process.getuid?.()) throw new Error(`${folder} belongs to another user. Choose another folder.`);
  await assertNotReplaceable(folder);
  await chmod(folder, folderMode);
  return { wasOpen: (mode & 0o077) !== 0 };
}

/** Withdraws all rights of other users from a folder and everything in it, including those that a library has granted. */
export async function makeContentPrivate(folder: string): Promise<void> {
  await chmod(folder, folderMode);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, folderMode);
    else if (entry.isFile()) await chmod(path, fileMode);
  }
}

/** @throws if any user may write in a folder above, and could replace this one. A folder such as /tmp, with the sticky bit, is safe. */
async function assertNotReplaceable(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent === folder) return;
  const { mode } = await stat(parent);
  const [writableByAll, sticky] = [0o002, 0o1000];
  if (mode & writableByAll && !(mode & sticky)) {
    throw new Error(`Every user may write in ${parent} and replace ${folder}. Choose a folder elsewhere.`);
  }
  await assertNotReplaceable(parent);
}
