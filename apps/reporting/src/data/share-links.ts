/** Share links, in the database. The secret in the address of a link is 256 random bits, of which the SHA-256 is kept, as of a token. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Conflict, type Database, hashToken, type ShareLinkRow } from '@property-insights/database';
import { sql } from 'kysely';
import { lockAdding } from './lock-adding.ts';

/** A link without its hash and password. */
export type ShareLink = Omit<ShareLinkRow, 'hash' | 'token_id' | 'password'> & { has_password: boolean };

const columns = [
  'id',
  'report',
  'parameters',
  'origins',
  'author',
  'created_at',
  'expires_at',
  'revoked_at',
  'opened',
  'last_opened_at',
] as const;
const shown = [...columns, sql<boolean>`password IS NOT NULL`.as('has_password')] as const;

/** Links of one token that are open. */
const maxLinks = 1_000;
const isOpen = sql<boolean>`(revoked_at IS NULL AND coalesce(expires_at > now(), true))`;

export interface NewShareLink {
  /** Of its maker. */
  tokenId: number;
  author: string;
  report: string;
  parameters: object;
  password: string | undefined;
  origins: string[];
  expiresAt: Date | null;
}

/** Adds a link. Only this call returns its secret. @throws Conflict if the token has too many */
export async function addShareLink(
  { kysely }: Database,
  { tokenId, author, report, parameters, password, origins, expiresAt }: NewShareLink,
): Promise<{ secret: string; link: ShareLink }> {
  const secret = randomBytes(32).toString('base64url');
  const row = {
    hash: hashToken(secret),
    token_id: tokenId,
    author,
    report,
    parameters: JSON.stringify(parameters),
    password: password === undefined ? null : await hashPassword(password),
    origins,
    expires_at: expiresAt,
  };
  return kysely.transaction().execute(async (transaction) => {
    await lockAdding('share_link').execute(transaction);
    const { open } = await transaction
      .selectFrom('reporting.share_link')
      .select((eb) => eb.fn.countAll<number>().as('open'))
      .where('token_id', '=', tokenId)
      .where(isOpen)
      .executeTakeFirstOrThrow();
    if (open >= maxLinks) {
      throw new Conflict(`This token has ${maxLinks} open links, which is the maximum; revoke one.`);
    }
    const link = await transaction
      .insertInto('reporting.share_link')
      .values(row)
      .returning(shown)
      .executeTakeFirstOrThrow();
    return { secret, link };
  });
}

/**
 * One page of the links of a token, or of all tokens: the open ones, then those that have ended, the last made first.
 * @param after the position that the page follows: 0 for open or 1 for ended, and the id, such as `0:12`
 */
export function listShareLinks(
  { kysely }: Database,
  tokenId: number | undefined,
  after: string | undefined,
  limit: number,
): Promise<(ShareLink & { position: string })[]> {
  const [ended, id] = after?.split(':').map(Number) ?? [];
  const isEnded = sql<number>`(NOT ${isOpen})::int`;
  return kysely
    .selectFrom('reporting.share_link')
    .select([...shown, sql<string>`${isEnded} || ':' || id`.as('position')])
    .$if(tokenId !== undefined, (query) => query.where('token_id', '=', tokenId as number))
    .$if(after !== undefined, (query) => query.where(sql<boolean>`(${isEnded}, -id) > (${ended}::int, -${id}::bigint)`))
    .orderBy(isEnded)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Revokes a link of a token, or of any token. @returns false if there is none */
export async function revokeShareLink({ kysely }: Database, id: number, tokenId: number | undefined): Promise<boolean> {
  const revoked = await kysely
    .updateTable('reporting.share_link')
    .set({ revoked_at: sql`coalesce(revoked_at, now())` })
    .where('id', '=', id)
    .$if(tokenId !== undefined, (query) => query.where('token_id', '=', tokenId as number))
    .returning('id')
    .executeTakeFirst();
  return revoked !== undefined;
}

/** What opening a link needs. */
export type OpenedLink = Pick<ShareLinkRow, 'id' | 'report' | 'parameters' | 'password' | 'origins' | 'revoked_at'> & {
  expired: boolean;
  /** Whether the token of its maker is valid. */
  maker_is_valid: boolean;
};

export function findShareLink({ kysely }: Database, secret: string): Promise<OpenedLink | undefined> {
  return kysely
    .selectFrom('reporting.share_link')
    .select(['id', 'report', 'parameters', 'password', 'origins', 'revoked_at'])
    .select(sql<boolean>`coalesce(expires_at <= now(), false)`.as('expired'))
    .select(sql<boolean>`reporting.is_valid_token(token_id)`.as('maker_is_valid'))
    .where('hash', '=', hashToken(secret))
    .executeTakeFirst();
}

export async function countOpening({ kysely }: Database, id: number): Promise<void> {
  await kysely
    .updateTable('reporting.share_link')
    .set({ opened: sql`opened + 1`, last_opened_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** A password can be guessed, so its hash is salted and slow (scrypt, about 50 ms). */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('base64')}:${(await derive(password, salt, 32)).toString('base64')}`;
}

export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':').map((part) => Buffer.from(part, 'base64'));
  return timingSafeEqual(await derive(password, salt as Buffer, 32), hash as Buffer);
}
