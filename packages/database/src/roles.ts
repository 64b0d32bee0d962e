/** Who may do what in the database: one user that logs in per service, a member of the group that holds its privileges. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Credentials } from './credentials.ts';

/** The groups of the migrations: `sales_writer` reads and adds, `sales_reader` only reads. */
export const groups = ['sales_writer', 'sales_reader'] as const;
export type Group = (typeof groups)[number];

/** Two runs would otherwise meet in the system catalogue and fail ("tuple concurrently updated"). Any number no one else uses. */
const rolesLock = 6_021_418_733;

/**
 * Takes from everyone what PostgreSQL grants to everyone, and gives the groups what they need of it: to connect and, for the import's
 * temporary tables, TEMPORARY to writers. The client must belong to the database's owner.
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
 * Makes the user that a service logs in as, or brings an existing one into line: its password is that of the credentials, and it belongs to
 * this group and not to the other.
 * @throws if the name cannot be a user's, or is that of a user with powers of its own, such as the one who is asking.
 */
export async function ensureServiceUser(
  client: pg.ClientBase,
  { username, password }: Credentials,
  group: Group,
): Promise<void> {
  // PostgreSQL would cut a longer name, and so change another user.
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
    if (rows[0]?.powerful) throw new Error(`The user "${username}" cannot be a service's: it has powers of its own.`);
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
 * What PostgreSQL stores of a password (RFC 5803). Made here, because a password sent in a statement may be written to the server's log.
 * @throws if the password has other than printable ASCII, which would need SASLprep; generated ones have not.
 */
function scramVerifier(password: string): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new Error('A password must be of printable ASCII characters.');
  const iterations = 4096; // what PostgreSQL uses, and RFC 7677 asks for
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
