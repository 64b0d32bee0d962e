/** The definitions of custom reports, in the database. Every save adds an edition. */
import { Conflict, type Database, type DefinitionRow, NotFound } from '@property-insights/database';
import type { Definition } from '@property-insights/reports';
import { lockAdding } from './lock-adding.ts';

/** The database, or a transaction of it. */
type Queries = Pick<Database, 'kysely'>;

/** An edition of a definition. */
export type Edition = DefinitionRow & { definition: Definition; summary: string };

/** Custom reports of an installation. */
const maxDefinitions = 1_000;

/** The last edition of each report that has not been deleted, by name. */
export async function listDefinitions({ kysely }: Queries): Promise<Omit<DefinitionRow, 'definition'>[]> {
  const last = kysely
    .selectFrom('reporting.definition')
    .distinctOn('name')
    .select(['name', 'edition', 'summary', 'author', 'created_at'])
    .orderBy('name')
    .orderBy('edition', 'desc');
  return kysely.selectFrom(last.as('last')).selectAll().where('summary', 'is not', null).orderBy('name').execute();
}

/**
 * An edition of a definition; by default, the last one.
 * @throws NotFound
 */
export async function findDefinition(database: Queries, name: string, edition?: number): Promise<Edition> {
  const found = await readEdition(database, name, edition);
  if (found?.definition) return found as Edition;
  if (!found && edition !== undefined && (await readEdition(database, name))) {
    throw new NotFound(`The custom report "${name}" has no edition ${edition}.`);
  }
  throw new NotFound(
    found
      ? `The custom report "${name}" was deleted with edition ${found.edition}; edition=${found.edition - 1} is the last that it had.`
      : `There is no custom report "${name}".`,
  );
}

/**
 * Saves a definition as the next edition, unless it is that of the last one.
 * @throws Conflict if there are too many
 */
export function saveDefinition(
  { kysely }: Database,
  name: string,
  definition: Definition,
  author: string,
): Promise<Edition & { isNew: boolean }> {
  const text = JSON.stringify(definition);
  return kysely.transaction().execute(async (transaction) => {
    await lockAdding('definition').execute(transaction);
    const last = await readEdition({ kysely: transaction }, name);
    if (last && JSON.stringify(last.definition) === text) return { ...(last as Edition), isNew: false };
    if (!last?.definition && (await listDefinitions({ kysely: transaction })).length >= maxDefinitions) {
      throw new Conflict(`There are ${maxDefinitions} custom reports, which is the maximum; delete one.`);
    }
    const summary = definition.summary ?? definition.title;
    const added = await addEdition(transaction, { name, definition: text, summary, author }, last);
    return { ...(added as Edition), isNew: true };
  });
}

/**
 * Deletes a report: adds an edition without a definition. Those before it are kept, because addresses cite them.
 * @throws NotFound
 */
export async function deleteDefinition({ kysely }: Database, name: string, author: string): Promise<void> {
  await kysely.transaction().execute(async (transaction) => {
    await lockAdding('definition').execute(transaction);
    const last = await findDefinition({ kysely: transaction }, name);
    await addEdition(transaction, { name, definition: null, summary: null, author }, last);
  });
}

function readEdition({ kysely }: Queries, name: string, edition?: number): Promise<DefinitionRow | undefined> {
  return kysely
    .selectFrom('reporting.definition')
    .selectAll()
    .where('name', '=', name)
    .$if(edition !== undefined, (query) => query.where('edition', '=', edition as number))
    .orderBy('edition', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function addEdition(
  transaction: Queries['kysely'],
  row: { name: string; definition: string | null; summary: string | null; author: string },
  last: DefinitionRow | undefined,
): Promise<DefinitionRow> {
  return transaction
    .insertInto('reporting.definition')
    .values({ ...row, edition: (last?.edition ?? 0) + 1 })
    .returningAll()
    .executeTakeFirstOrThrow();
}
