/** Kysely on a pool, with the same limits and errors as every other query. */
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { type Pool, queryTimeout } from './pool.ts';
import type { Schema } from './schema.ts';
import { sqlSpan, traced } from './tracing.ts';

export function createKysely(pool: Pool): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool: { connect: () => connect(pool), end: () => pool.close(), options: {} },
    }),
  });
}

async function connect(pool: Pool): Promise<PostgresPoolClient> {
  const loan = await pool.lend();
  const run = async (text: string, values: readonly unknown[]) => {
    try {
      return await loan.client.query({ text, values: [...values], query_timeout: queryTimeout } as pg.QueryConfig);
    } catch (error) {
      throw loan.explain(error);
    }
  };
  // The span may hold the text: Kysely sends all values apart from it.
  const query = (text: string, values: readonly unknown[]) =>
    traced('postgresql query', { ...sqlSpan, attributes: { ...sqlSpan.attributes, 'db.query.text': text } }, () =>
      run(text, values),
    );
  // Without `cursor` in its configuration, Kysely never calls the overload that takes a cursor.
  return { query: query as unknown as PostgresPoolClient['query'], release: () => loan.end() };
}
