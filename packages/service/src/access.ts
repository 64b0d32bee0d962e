/**
 * Who may do what: each route has a scope, and is open to bearers of a token with that scope or a higher one (RFC 6750). A route says which in
 * its `config`; one that reads and says nothing needs `read`, and one that writes must say it, or the service does not start.
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
import { problems } from './errors.ts';
import type { App } from './service.ts';

/** `open`: whoever reaches the service may read. `token`: only bearers of a token. */
export type ReadAccess = 'open' | 'token';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must have to be let in; `none` lets everybody in, whatever `ReadAccess` says. */
    scope?: Scope | 'none';
  }
  interface FastifyRequest {
    /** Of the token that let the request in; null on routes that are open. */
    token: PresentedToken | null;
  }
}

/** Milliseconds for which a token is believed without asking the database: so long at most a revocation goes unnoticed by other tasks. */
const believedFor = 5_000;
const mostBelieved = 1_000;

/** The tokens presented lately. */
export class Access {
  readonly #database: Database;
  /** By hash, so that no token stays in memory. Requests that come together share one look-up. */
  readonly #believed = new Map<string, { until: number; token: Promise<PresentedToken | undefined> }>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The token of a request, if it has the scope. @throws a 401 or 403 problem, DatabaseUnavailable */
  async admit(authorization: string | undefined, scope: Scope): Promise<PresentedToken> {
    if (authorization === undefined) throw problems.tokenMissing(scope);
    const [, text = ''] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    const token = isToken(text) ? await this.#find(text) : undefined;
    if (!token) throw problems.tokenRefused('is not known here');
    if (token.revoked_at) throw problems.tokenRefused('has been revoked');
    if (token.expires_at && token.expires_at.getTime() <= Date.now()) throw problems.tokenRefused('has expired');
    if (scopes.indexOf(token.scope) < scopes.indexOf(scope)) throw problems.scopeMissing(scope, token.scope);
    return token;
  }

  /** Has this task notice at once that a token was revoked. */
  forget(): void {
    this.#believed.clear();
  }

  #find(text: string): Promise<PresentedToken | undefined> {
    const hash = hashToken(text);
    const key = hash.toString('base64');
    const known = this.#believed.get(key);
    if (known && known.until > performance.now()) return known.token;
    const token = presentToken(this.#database, hash);
    this.#believed.delete(key);
    // Those that were met first go first; guesses would otherwise fill the memory.
    for (const oldest of this.#believed.keys()) if (this.#believed.size >= mostBelieved) this.#believed.delete(oldest);
    this.#believed.set(key, { until: performance.now() + believedFor, token });
    // What is not known now may be in a moment, and so may a database.
    const drop = () => this.#believed.get(key)?.token === token && this.#believed.delete(key);
    token.then((found) => found ?? drop(), drop);
    return token;
  }
}

/** Guards the routes added after this call. */
export function guardRoutes(app: App, access: Access, readAccess: ReadAccess): void {
  app.decorateRequest('token', null);
  app.addHook('onRoute', (route) => {
    const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD');
    const scope = route.config?.scope ?? (reads ? 'read' : undefined);
    if (!scope) throw new Error(`The route ${route.method} ${route.url} must say in its config which scope it needs.`);
    route.config = { ...route.config, scope };
    if (scope === 'none' || (scope === 'read' && readAccess === 'open')) return;
    const guard = async (request: FastifyRequest) => {
      request.token = await access.admit(request.headers.authorization, scope);
    };
    // Before anything of the body is read.
    route.onRequest = [guard, ...[route.onRequest ?? []].flat()];
  });
}

/** Who a revision is by: the token's name, and its id, since names may be alike. */
export function authorOf({ token }: FastifyRequest): string {
  if (!token) throw new Error('A route that writes must need a token.');
  return `${token.name} (token ${token.id})`;
}
