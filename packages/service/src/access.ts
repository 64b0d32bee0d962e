/**
 * Access control: each route has a scope, and admits bearers of a token with that scope or a higher one (RFC 6750). A route states its scope
 * in its `config`. The default is `read` for a route that reads; a route that writes must state a scope, or the service does not start.
 */
import {
  type Database,
  hashToken,
  isToken,
  type PresentedToken,
  presentToken,
  type Scope,
  scopes,
} from '@property-insights/database';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { problems } from './problems.ts';

/** `open`: every client may read. `token`: only bearers of a token. */
export type ReadAccess = 'open' | 'token';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a token must have; `none` admits every client, regardless of `ReadAccess`. */
    scope?: Scope | 'none';
  }
  interface FastifyInstance {
    /** The scope of each registered route, by method and path, such as `GET /api/markets`. */
    routeScopes: Map<string, Scope | 'none'>;
  }
  interface FastifyRequest {
    /** The token that admitted the request; null on open routes. */
    token: PresentedToken | null;
  }
}

/** Milliseconds for which a token is cached: the longest that a revocation goes unnoticed by other tasks. */
const cacheTime = 5_000;
const maxCached = 1_000;

/** Admits requests by their tokens, and caches the tokens for some seconds. */
export class Access {
  readonly #database: Database;
  /** By hash, so that no token stays in memory. Concurrent requests with one token share one query. */
  readonly #cached = new Map<string, { until: number; token: Promise<PresentedToken | undefined> }>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The token of a request, if it has the scope. @throws a 401 or 403 problem, DatabaseUnavailable */
  async admit(authorization: string | undefined, scope: Scope): Promise<PresentedToken> {
    if (authorization === undefined) throw problems.tokenMissing(scope);
    const [, text = ''] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    const token = isToken(text) ? await this.#find(text) : undefined;
    if (!token) throw problems.tokenInvalid('is unknown');
    if (token.revoked_at) throw problems.tokenInvalid('has been revoked');
    if (token.expires_at && token.expires_at.getTime() <= Date.now()) throw problems.tokenInvalid('has expired');
    requireScope({ token }, scope);
    return token;
  }

  /** Empties the cache, so that this task notices a revocation at once. */
  forget(): void {
    this.#cached.clear();
  }

  #find(text: string): Promise<PresentedToken | undefined> {
    const hash = hashToken(text);
    const key = hash.toString('base64');
    const cached = this.#cached.get(key);
    if (cached && cached.until > performance.now()) return cached.token;
    const token = presentToken(this.#database, hash);
    this.#cached.delete(key);
    // Evict the oldest: guessed tokens would otherwise fill the memory.
    for (const oldest of this.#cached.keys()) if (this.#cached.size >= maxCached) this.#cached.delete(oldest);
    this.#cached.set(key, { until: performance.now() + cacheTime, token });
    // A token that is unknown now may be created in a moment, and a failed query may succeed.
    const evict = () => this.#cached.get(key)?.token === token && this.#cached.delete(key);
    token.then((found) => found ?? evict(), evict);
    return token;
  }
}

/** Guards the routes added after this call. */
export function guardRoutes(app: App, access: Access, readAccess: ReadAccess): void {
  app.decorateRequest('token', null);
  app.decorate('routeScopes', new Map());
  app.addHook('onRoute', (route) => {
    const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD');
    const scope = route.config?.scope ?? (reads ? 'read' : undefined);
    if (!scope) throw new Error(`The route ${route.method} ${route.url} must state its scope in its config.`);
    route.config = { ...route.config, scope };
    for (const method of [route.method].flat()) app.routeScopes.set(`${method} ${route.url}`, scope);
    if (scope === 'none' || (scope === 'read' && readAccess === 'open')) return;
    const guard = async (request: FastifyRequest) => {
      request.token = await access.admit(request.headers.authorization, scope);
    };
    // First, so that nothing of the body is read for a request that is refused.
    route.onRequest = [guard, ...[route.onRequest ?? []].flat()];
  });
}

/** For a request that needs a higher scope than its route does. @throws a 403 problem */
export function requireScope({ token }: Pick<FastifyRequest, 'token'>, scope: Scope): void {
  const actual = token?.scope ?? 'read';
  if (scopes.indexOf(actual) < scopes.indexOf(scope)) throw problems.scopeMissing(scope, actual);
}

/** The author of a revision: the token's name, and its id, because names need not be unique. */
export function authorOf({ token }: FastifyRequest): string {
  if (!token) throw new Error('A route that writes must need a token.');
  return `${token.name} (token ${token.id})`;
}
