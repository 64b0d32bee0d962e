/** Undoing a revision in the background, as imports are run. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { type Database, planUndo } from '@property-insights/database';
import { problems } from '@property-insights/service';
import type { ImportRunner } from './import-runner.ts';
import { addUndo, findImport, type ImportState } from './imports.ts';

/**
 * Begins to undo a revision, and tells how that stands.
 * @throws a 404 problem when there is no such revision, a 409 problem when it is being undone already, CannotUndo, MarketGone
 */
export async function beginUndo(
  database: Database,
  runner: ImportRunner,
  revision: number,
  author: string,
): Promise<ImportState> {
  const undo = await planUndo(database, revision);
  if (!undo) throw problems.notFound(`There is no revision ${revision}.`);
  const importId = randomUUID();
  // There are no files to put into it, but by it the next process knows what this one has left.
  await mkdir(runner.directoryOf(importId));
  try {
    await addUndo(database, { id: importId, ...undo, author });
  } catch (error) {
    await runner.giveUp(importId);
    throw error;
  }
  runner.addUndo({ importId, undo, author });
  return (await findImport(database, importId)) as ImportState;
}
