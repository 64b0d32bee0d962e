/** Privileges in the database. Each service logs in as a user of its own, which is a member of the group that has the privileges. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Credentials } from './credentials.ts';

/** The groups that the migrations create: `sales_writer` reads and adds rows; `sales_reader` only reads them, and writes in the schema `reporting`. */
const groups = ['sales_writer', 'sales_reader'] as const;
export type Group = (typeof groups)[number];

/** The key of an advisory lock, chosen arbitrarily. Without it, two runs could conflict in the system catalogue ("tuple concurrently updated"). */
const rolesLock = 6_021_418_733;

/**
 * Revokes what PostgreSQL grants to PUBLIC, and grants the groups what they need of it: CONNECT, and TEMPORARY to writers, for the temporary tables of
 * imports. The client must be logged in as the owner of the database.
 */
export function narrowPublicPrivileges(client: pg.ClientBase): Promise<void> {
  return underRolesLock(client, async () => {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = pg.escapeIdentifier((rows[0] as { name: string }).name);
    await client.query(`
      REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      GRANT CONNECT ON DATABASE ${database} TO sales_reader, sales_writer;
      GRANT TEMPORARY ON DATABASE ${database} TO sales_writer`);
  });
}

/**
 * Creates the user that a service logs in as, or updates it: sets its password, and makes it a member of this group and not of the other.
 * @throws if the name is not valid, or is that of a privileged user, such as the current one
 */
export async function ensureServiceUser(
  client: pg.ClientBase,
  { username, password }: Credentials,
  group: Group,
): Promise<void> {
  // PostgreSQL would truncate a longer name, and change another user.
  if (username === '' || username.includes('\0') || Buffer.byteLength(username) > 63) {
    throw new Error(`The user name "${username}" must have 1 to 63 bytes.`);
  }
  const user = pg.escapeIdentifier(username);
  const verifier = pg.escapeLiteral(scramVerifier(password));
  await underRolesLock(client, async () => {
    const { rows } = await client.query<{ powerful: boolean }>(
      `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolname = current_user
         OR rolname IN ('sales_reader', 'sales_writer') AS powerful
       FROM pg_roles WHERE rolname = $1`,
      [username],
    );
    if (rows[0]?.powerful) throw new Error(`The user "${username}" cannot be a service's, because it is privileged.`);
    await client.query(`${rows[0] ? 'ALTER' : 'CREATE'} ROLE ${user} LOGIN PASSWORD ${verifier}`);
    const { rows: memberships } = await client.query<{ name: Group }>(
      `SELECT rolname AS name FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = roleid
       WHERE member = (SELECT oid FROM pg_roles WHERE rolname = $1) AND rolname = ANY ($2)`,
      [username, groups],
    );
    for (const { name } of memberships) if (name !== group) await client.query(`REVOKE ${name} FROM ${user}`);
    await client.query(`GRANT ${group} TO ${user}`);
  });
}

async function underRolesLock(client: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [rolesLock]);
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/**
 * The verifier of a password, which PostgreSQL stores (RFC 5803). It is computed here, because the server may log a statement with a password.
 * @throws if the password has characters other than printable ASCII, which would need SASLprep; generated passwords have none
 */
function scramVerifier(password: string): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new Error('A password must be of printable ASCII characters.');
  const iterations = 4096; // The default of PostgreSQL, and the minimum of RFC 7677.
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
