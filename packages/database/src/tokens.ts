/**
 * Tokens, the credentials of clients. A token is `pi_` and 43 random characters, about 256 bits. The database stores its SHA-256. A slow, salted hash
 * (bcrypt, Argon2) protects passwords, which can be guessed. 256 random bits cannot be guessed, and a slow hash would delay every request.
 */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Database } from './database.ts';
import type { Scope, TokenRow } from './schema.ts';

/** In ascending order. */
export const scopes = ['read', 'write', 'admin'] as const satisfies Scope[];

/** Includes tokens that Secrets Manager generated from letters and digits: 43 of them have 256 bits as well. */
const form = /^pi_[\w-]{43}$/;

/** A token without its hash, which the services cannot read. */
export type Token = Omit<TokenRow, 'hash'>;

/** The properties of a token that a client presented. */
export type PresentedToken = Pick<Token, 'id' | 'name' | 'scope' | 'expires_at' | 'revoked_at'>;

const shown = ['id', 'name', 'scope', 'created_at', 'expires_at', 'last_used_at', 'revoked_at'] as const;

export function isToken(text: string): boolean {
  return form.test(text);
}

/** A new token, which the database does not know yet. */
export function generateToken(): string {
  return `pi_${randomBytes(32).toString('base64url')}`;
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * Finds the token with a hash, also if it is revoked or expired, and records its use. The time that this takes may depend on the hash, from which a client
 * cannot infer a token.
 */
export async function presentToken({ kysely }: Database, hash: Buffer): Promise<PresentedToken | undefined> {
  const { rows } = await sql<PresentedToken>`SELECT * FROM present_token(${hash})`.execute(kysely);
  return rows[0];
}

export interface NewToken {
  name: string;
  scope: Scope;
  expiresAt: Date | null;
}

/** Creates a token. Only this call returns it, because the database stores its hash. */
export async function addToken(
  { kysely }: Database,
  { name, scope, expiresAt }: NewToken,
): Promise<{ token: string; row: Token }> {
  const token = generateToken();
  const row = await kysely
    .insertInto('token')
    .values({ name, hash: hashToken(token), scope, expires_at: expiresAt })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { token, row };
}

/** A page of all tokens with ids above `after`, in ascending order. */
export function listTokens({ kysely }: Database, after: number, limit: number): Promise<Token[]> {
  return kysely.selectFrom('token').select(shown).where('id', '>', after).orderBy('id').limit(limit).execute();
}

export function findToken({ kysely }: Database, id: number): Promise<Token | undefined> {
  return kysely.selectFrom('token').select(shown).where('id', '=', id).executeTakeFirst();
}

/** The remaining life that a token of scope admin needs, so that another one can be revoked: time to notice and create a third. */
export const minAdminHours = 24;

/**
 * Revokes a token permanently. A token that is already revoked does not change. Concurrent revocations of admin tokens wait for each other, because each
 * locks the tokens on which its decision rests.
 * @returns false if the token has scope admin and no other one is valid for `minAdminHours`: nobody could create tokens any more
 */
export async function revokeToken({ kysely }: Database, id: number): Promise<boolean> {
  const { rows } = await sql<{ refused: boolean }>`
    WITH admin AS MATERIALIZED (
      SELECT id FROM token
      WHERE scope = 'admin' AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > now() + make_interval(hours => ${minAdminHours}))
      ORDER BY id FOR UPDATE
    ), revoked AS (
      UPDATE token SET revoked_at = now()
      WHERE id = ${id} AND revoked_at IS NULL AND (scope <> 'admin' OR EXISTS (SELECT FROM admin WHERE admin.id <> ${id}))
      RETURNING id
    )
    SELECT revoked_at IS NULL AND NOT EXISTS (SELECT FROM revoked) AS refused FROM token WHERE id = ${id}`.execute(
    kysely,
  );
  return !rows[0]?.refused;
}

/**
 * Adds a token that was generated elsewhere, unless it exists. A revoked token stays revoked.
 * @throws if the text is not a token; the message does not quote it
 */
export async function ensureToken(client: pg.ClientBase, name: string, scope: Scope, token: string): Promise<void> {
  if (!isToken(token))
    throw new Error(`The token "${name}" must be pi_ and 43 letters, digits, hyphens or underscores.`);
  await client.query('INSERT INTO token (name, scope, hash) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING', [
    name,
    scope,
    hashToken(token),
  ]);
}
