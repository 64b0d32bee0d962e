import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../../local/src/ports.ts';
import { startPostgres } from '../../../local/src/postgres.ts';
import type { TestDatabase, TestServer } from '../../../test/database.ts';
import type { Credentials, Database, MarketVersion } from '../src/index.ts';

export function connectionOf(database: TestDatabase, credentials: Credentials = database.master): pg.ClientConfig {
  const { host, port, name } = database;
  return { host, port, database: name, user: credentials.username, password: credentials.password };
}

/** Runs SQL on a connection of its own, as the master unless said. */
export async function execute<R extends pg.QueryResultRow>(
  database: TestDatabase,
  sql: string,
  credentials?: Credentials,
): Promise<R[]> {
  const client = new pg.Client(connectionOf(database, credentials));
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The version of a market that is committed now. */
export async function currentVersion(database: Database, code = 'demo'): Promise<MarketVersion> {
  const market = (await database.markets([code])).find((market) => market.code === code);
  if (!market) throw new Error(`There is no market ${code}.`);
  return { version: market.version, lineage: market.lineage };
}

/** Adds a market, which is its version 1. */
export async function addMarket(database: Database, code: string): Promise<number> {
  let id: number | undefined;
  const marketId = async (client: pg.ClientBase) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO market (code, name, currency) VALUES ($1, $1, 'AUD') RETURNING id`,
      [code],
    );
    id = rows[0]?.id;
    return id as number;
  };
  await database.write({ marketId, kind: 'market', author: 'test' }, async () => {});
  return id as number;
}

/** Adds a sale within a revision. */
export async function addSale(client: pg.ClientBase, revisionId: number, key: string, marketId = 1): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `WITH new_property AS (INSERT INTO property (market_id, key) VALUES ($3, $2) RETURNING id)
     INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
     SELECT $3, id, $2, md5($2)::uuid, $1, 500000, '1 High St' FROM new_property RETURNING id`,
    [revisionId, key, marketId],
  );
  return (rows[0] as { id: number }).id;
}

export type Wire = {
  port: number;
  /** Looks at what the client sends; `drop` cuts the connection instead of passing it on, `deafen` passes it on and cuts before the answer. */
  inspect: (sent: Buffer) => 'pass' | 'drop' | 'deafen';
  /** Passes nothing on any more, and closes nothing. */
  freeze(): void;
  /** Cuts it, and lets no one connect. */
  close(): Promise<void>;
  /** Lets connect again, at the same port. */
  reopen(): Promise<void>;
};

/** A wire to the server that can be cut. */
export async function layWire(server: TestServer): Promise<Wire> {
  const sockets = new Set<Socket>();
  const listener = createServer((near) => {
    const far = connect(server.port, server.host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    let deaf = false;
    near.on('data', (sent) => {
      const verdict = wire.inspect(sent);
      if (verdict === 'drop') return near.destroy();
      if (verdict === 'deafen') deaf = true;
      far.write(sent);
    });
    far.on('data', (answer) => (deaf ? near.destroy() : near.write(answer)));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const wire: Wire = {
    port: (listener.address() as AddressInfo).port,
    inspect: () => 'pass',
    freeze() {
      for (const socket of sockets) socket.pause();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await new Promise((resolve) => listener.close(resolve));
    },
    async reopen() {
      listener.listen(wire.port, '127.0.0.1');
      await once(listener, 'listening');
    },
  };
  return wire;
}

export interface SecretsEndpoint {
  url: string;
  secrets: Map<string, string>;
  /** How many secrets were fetched. */
  fetched: number;
  close(): Promise<void>;
}

/** Speaks as much of the Secrets Manager protocol as GetSecretValue needs. */
export async function startSecretsEndpoint(): Promise<SecretsEndpoint> {
  const server = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { SecretId } = JSON.parse(Buffer.concat(chunks).toString());
    endpoint.fetched += 1;
    const SecretString = endpoint.secrets.get(SecretId);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (SecretString === undefined) {
      response.writeHead(400).end(JSON.stringify({ __type: 'ResourceNotFoundException', message: 'No such secret.' }));
    } else {
      response.end(JSON.stringify({ ARN: SecretId, Name: SecretId, SecretString }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: SecretsEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets: new Map(),
    fetched: 0,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}

export const superuser: Credentials = { username: 'postgres', password: 'of the superuser' };

export interface OwnServer {
  readonly port: number;
  /** The lines of the server's log. */
  readonly logged: string[];
  /** As when the power fails. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** A PostgreSQL server apart from that of the test run, to be killed or to have its log read. */
export async function startOwnServer(settings: Record<string, string> = {}): Promise<OwnServer> {
  const directory = await mkdtemp(join(tmpdir(), 'property-insights-server-'));
  const port = await freePort();
  const logged: string[] = [];
  const start = () =>
    startPostgres({
      directory: join(directory, 'postgres'),
      port,
      superuser: superuser.username,
      password: superuser.password,
      settings,
      log: (line) => logged.push(line),
    });
  let postgres = await start();
  return {
    port,
    logged,
    async kill() {
      process.kill(postgres.pid, 'SIGKILL');
      await postgres.exited;
    },
    async start() {
      postgres = await start();
    },
    async remove() {
      await postgres.stop('immediate');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
