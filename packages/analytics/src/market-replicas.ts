/** The replicas of markets and of their earlier versions, and the directory of their files: opened, closed and deleted within limits. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CurrentMarket } from '@property-insights/database';
import { MarketReplica, type MarketReplicaOptions } from './market-replica.ts';

/** `12-3.duckdb` or `12@7-3.duckdb`: the market's id, the version if it is an earlier one, and a number that no other file has. */
const fileName = /^(\d+(?:@\d+)?)-(\d+)\.duckdb$/;

/** What a file is of, as its name begins. */
const keyOf = (id: number, asOf: number | undefined) => (asOf === undefined ? String(id) : `${id}@${asOf}`);

/** What the replicas of all markets share. */
type Parts = Omit<MarketReplicaOptions, 'id' | 'code' | 'asOf' | 'placeAtOnce' | 'newPath' | 'path'>;

export interface ReplicaLimits {
  /** Markets whose files are open at a time; 100 by default. */
  maxOpenMarkets?: number;
  /** Bytes of files to keep on disk; 10 GiB by default, half of a task's disk. Markets in use may exceed it. */
  maxDiskBytes?: number;
  /** With more sales than this, a market's sales are placed in the background when its gazetteers change; 100,000 by default. */
  placeAtOnce?: number;
  /** Bytes of these that earlier versions may take; 2 GiB by default. */
  maxPastBytes?: number;
}

export class MarketReplicas {
  readonly #parts: Parts;
  readonly #placeAtOnce: number;
  readonly #limits: { openMarkets: number; diskBytes: number; pastBytes: number };
  /** By `keyOf`, the least recently used first. */
  readonly #replicas = new Map<string, MarketReplica>();
  /** The id of the market that had a code when its replica was created. */
  readonly #ids = new Map<string, number>();
  /** Files of an earlier process that nobody has needed yet, by `keyOf`. */
  readonly #adopted = new Map<string, string>();
  #files = 0;

  /** @param parts what every replica of a market needs; the files are in the directory of the engine */
  constructor(
    parts: Parts,
    {
      placeAtOnce = 100_000,
      maxOpenMarkets = 100,
      maxDiskBytes = 10 * 2 ** 30,
      maxPastBytes = 2 * 2 ** 30,
    }: ReplicaLimits,
  ) {
    this.#parts = parts;
    this.#placeAtOnce = placeAtOnce;
    this.#limits = { openMarkets: maxOpenMarkets, diskBytes: maxDiskBytes, pastBytes: maxPastBytes };
  }

  /** The replicas of current versions. */
  following(): MarketReplica[] {
    return [...this.#replicas.values()].filter(({ asOf }) => asOf === undefined);
  }

  /** The replica of the current version of a market, if it has one already. */
  find(code: string): MarketReplica | undefined {
    const id = this.#ids.get(code);
    return id === undefined ? undefined : this.#replicas.get(keyOf(id, undefined));
  }

  /** Deletes the files of a market that is not to be kept. */
  async forget(id: number): Promise<void> {
    for (const [key, market] of this.#replicas) {
      if (market.id !== id) continue;
      this.#replicas.delete(key);
      await market.delete();
    }
  }

  /** The replica of a market, or of an earlier version of it, which becomes the most recently used. */
  use({ id, code }: CurrentMarket, asOf?: number): MarketReplica {
    const key = keyOf(id, asOf);
    const market = this.#replicas.get(key) ?? this.#create(key, { id, code, asOf });
    this.#replicas.delete(key);
    this.#replicas.set(key, market);
    return market;
  }

  #create(key: string, of: Pick<MarketReplicaOptions, 'id' | 'code' | 'asOf'>): MarketReplica {
    const path = this.#adopted.get(key);
    this.#adopted.delete(key);
    this.#ids.set(of.code, of.id);
    return new MarketReplica({
      ...this.#parts,
      ...of,
      placeAtOnce: this.#placeAtOnce,
      newPath: () => {
        this.#files += 1;
        return join(this.#parts.engine.directory, `${key}-${this.#files}.duckdb`);
      },
      path,
    });
  }

  /** Keeps the files of an earlier process, the latest of each market and earlier version. Others, such as those of an earlier release, are deleted. */
  async adoptFiles(): Promise<void> {
    const names = await readdir(this.#parts.engine.directory);
    const files = names.map((name) => ({ name, parts: fileName.exec(name) }));
    const numbered = files.flatMap(({ name, parts }) =>
      parts
        ? [{ path: join(this.#parts.engine.directory, name), key: String(parts[1]), number: Number(parts[2]) }]
        : [],
    );
    for (const { path, key, number } of numbered.sort((a, b) => a.number - b.number)) {
      const older = this.#adopted.get(key);
      if (older) await rm(older, { force: true });
      this.#adopted.set(key, path);
      this.#files = number;
    }
    const obsolete = files.filter(
      ({ name, parts }) => !parts && /\.duckdb(\.wal)?$/.test(name) && !name.startsWith('lock.'),
    );
    for (const { name } of obsolete) await rm(join(this.#parts.engine.directory, name), { force: true });
  }

  /**
   * Closes the markets beyond the number that may be open, and deletes files beyond the bytes that may be kept: the least recently used first.
   * @param used is kept: it is about to be read
   */
  async closeUnused(used: MarketReplica): Promise<void> {
    const open = [...this.#replicas.values()].filter(({ isOpen }) => isOpen);
    const unused = open.filter((market) => market !== used && !market.isBusy);
    for (const market of unused.slice(0, Math.max(0, open.length - this.#limits.openMarkets))) await market.close();
    await this.#deleteBeyond(this.#limits.pastBytes, used, (key) => key.includes('@'));
    await this.#deleteBeyond(this.#limits.diskBytes, used, () => true);
  }

  async #deleteBeyond(maxBytes: number, used: MarketReplica, isCounted: (key: string) => boolean): Promise<void> {
    const adopted = [...this.#adopted].filter(([key]) => isCounted(key));
    const replicas = [...this.#replicas].filter(([key]) => isCounted(key));
    const sizes = await Promise.all(
      [...adopted.map(([, path]) => path), ...replicas.map(([, { path }]) => path)].map(sizeOf),
    );
    let bytes = sizes.reduce((sum, size) => sum + size, 0);
    for (const [key, path] of adopted) {
      if (bytes <= maxBytes) return;
      bytes -= await sizeOf(path);
      if (this.#adopted.delete(key)) await rm(path, { force: true });
    }
    for (const [key, market] of replicas) {
      if (bytes <= maxBytes) return;
      if (market === used || market.isBusy) continue;
      bytes -= await sizeOf(market.path);
      this.#replicas.delete(key);
      await market.delete();
    }
  }
}

async function sizeOf(path: string | undefined): Promise<number> {
  return path === undefined ? 0 : ((await stat(path).catch(() => undefined))?.size ?? 0);
}
