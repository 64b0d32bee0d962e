/** Pages of lists. A cursor is the position of the last item of a page, encoded so that clients do not interpret it. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { problems } from './problems.ts';

/** The query parameters of a list. @param limit the default */
export const pageOf = (limit: number) => ({
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: limit, description: 'Items on a page.' }),
  cursor: Type.Optional(
    Type.String({
      maxLength: 200,
      'x-expected': 'one taken from a Link header',
      description: 'From the Link header of the page before.',
    }),
  ),
});
export const page = pageOf(100);

interface PageRequest {
  url: string;
  query: { limit: number; cursor?: string };
}

interface List<Item, Position extends string | number> {
  /** Parses the text of a position. @returns undefined if it is none */
  parse(text: string): Position | undefined;
  /** Reads the items that follow a position; without one, the first. */
  read(after: Position | undefined, limit: number): Promise<Item[]>;
  positionOf(item: Item): Position;
}

/** Parses the positions of lists that are ordered by a number. */
export function parseNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Reads the requested page of a list. If more items follow, the reply gets a `Link` header with the URL of the next page.
 * @throws a 400 problem for a cursor that is not of this list
 */
export async function readPage<Item, Position extends string | number>(
  { url, query: { limit, cursor } }: PageRequest,
  reply: Pick<FastifyReply, 'header'>,
  { parse, read, positionOf }: List<Item, Position>,
): Promise<Item[]> {
  const after = cursor === undefined ? undefined : parse(Buffer.from(cursor, 'base64url').toString());
  if (cursor !== undefined && after === undefined) {
    throw problems.invalid('Query parameter "cursor" must be one taken from a Link header of this list.');
  }
  const found = await read(after, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (last && found.length > limit) reply.header('link', nextPage(url, positionOf(last)));
  return items;
}

function nextPage(url: string, position: string | number): string {
  const [path, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', Buffer.from(`${position}`).toString('base64url'));
  return `<${path}?${parameters}>; rel="next"`;
}

/** An item of a list as the API shows it. */
export function withoutPosition<Item extends { position: unknown }>({ position: _, ...item }: Item) {
  return item;
}
