/**
 * Tokens: what a caller shows to be let in. A token is `pi_` and 43 characters that are random, some 256 bits; the database keeps its SHA-256.
 * A slow, salted hash (bcrypt, Argon2) protects passwords, which can be guessed; 256 random bits can't be, however fast the hash, and each
 * request with a token would pay for it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Database } from './database.ts';
import type { Scope, TokenRow } from './schema.ts';

/** From the least to the most. */
export const scopes = ['read', 'write', 'admin'] as const satisfies Scope[];

/** Also of tokens that Secrets Manager made up, which knows letters and digits only: 43 of them are 256 bits as well. */
const form = /^pi_[\w-]{43}$/;

/** A token as shown: without its hash, which the services cannot read. */
export type Token = Omit<TokenRow, 'hash'>;

/** What is known of a token that was presented. */
export type PresentedToken = Pick<Token, 'id' | 'name' | 'scope' | 'expires_at' | 'revoked_at'>;

const shown = ['id', 'name', 'scope', 'created_at', 'expires_at', 'last_used_at', 'revoked_at'] as const;

export function isToken(text: string): boolean {
  return form.test(text);
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * Finds the token with a hash, revoked or expired ones too, and notes its use. What the time of the look-up could tell is how the hash of a guess
 * compares with those that are kept, from which nothing follows about a token.
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

/** Makes a token. This is the only time that it is known: the database keeps its hash. */
export async function addToken(
  { kysely }: Database,
  { name, scope, expiresAt }: NewToken,
): Promise<{ token: string; row: Token }> {
  const token = `pi_${randomBytes(32).toString('base64url')}`;
  const row = await kysely
    .insertInto('token')
    .values({ name, hash: hashToken(token), scope, expires_at: expiresAt })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { token, row };
}

/** A page of all tokens by ascending id, from after the one given. */
export function listTokens({ kysely }: Database, after: number, limit: number): Promise<Token[]> {
  return kysely.selectFrom('token').select(shown).where('id', '>', after).orderBy('id').limit(limit).execute();
}

export function findToken({ kysely }: Database, id: number): Promise<Token | undefined> {
  return kysely.selectFrom('token').select(shown).where('id', '=', id).executeTakeFirst();
}

/**
 * Revokes a token, which is then of no use for ever; one that is revoked already stays as it is.
 * @returns false when it is the last with which tokens can be made, for that would lock everybody out
 */
export async function revokeToken({ kysely }: Database, id: number): Promise<boolean> {
  const { rows } = await sql<{ refused: boolean }>`
    WITH other AS (
      SELECT 1 FROM token
      WHERE id <> ${id} AND scope = 'admin' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    ), revoked AS (
      UPDATE token SET revoked_at = now()
      WHERE id = ${id} AND revoked_at IS NULL AND (scope <> 'admin' OR EXISTS (SELECT FROM other))
      RETURNING id
    )
    SELECT revoked_at IS NULL AND NOT EXISTS (SELECT FROM revoked) AS refused FROM token WHERE id = ${id}`.execute(
    kysely,
  );
  return !rows[0]?.refused;
}

/**
 * Has the database know a token that was made elsewhere, unless it does already; one that was revoked stays so.
 * @throws without quoting it, if the text is no token
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
