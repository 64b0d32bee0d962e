import pg from 'pg';
import type { TestDatabase } from '../../../test/database.ts';

/** Ends every connection to a database and refuses new ones, as if its server were down. Resolves to a function that ends the outage. */
export async function outage({ host, port, master, name }: TestDatabase): Promise<() => Promise<void>> {
  const server = { host, port, user: master.username, password: master.password, database: 'postgres' };
  const allow = async (allowed: boolean) => {
    const client = new pg.Client(server);
    await client.connect();
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);
    if (!allowed)
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await client.end();
  };
  await allow(false);
  return () => allow(true);
}
