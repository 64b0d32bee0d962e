/**
 * The coast lines of the world (Natural Earth, 1:10 million), cut into cells of ten degrees at build time, so that a map loads only what it shows. Each cell is a
 * file: rings of land as flat lists of longitude and latitude.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { MultiPolygon, Polygon, Position } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Plugin } from 'vite';

const size = 10;

/** Decimals of degrees: about 100 m. */
const decimals = 3;

/** The part of a ring on one side of a line (Sutherland and Hodgman 1974). */
function cut(ring: Position[], axis: 0 | 1, limit: number, keepsAbove: boolean): Position[] {
  const isInside = (point: Position) => keepsAbove === (point[axis] as number) >= limit || point[axis] === limit;
  return ring.flatMap((point, i) => {
    const before = ring.at(i - 1) as Position;
    const parts: Position[] = [];
    if (isInside(point) !== isInside(before)) {
      const share = (limit - (before[axis] as number)) / ((point[axis] as number) - (before[axis] as number));
      const other = (before[1 - axis] as number) + share * ((point[1 - axis] as number) - (before[1 - axis] as number));
      parts.push(axis === 0 ? [limit, other] : [other, limit]);
    }
    if (isInside(point)) parts.push(point);
    return parts;
  });
}

/** The land of each cell, by the degrees of its western and southern edges: `150_-40`. */
async function coastCells(): Promise<Map<string, string>> {
  const topology = JSON.parse(
    await readFile(fileURLToPath(import.meta.resolve('world-atlas/land-10m.json')), 'utf8'),
  ) as Topology<{ land: GeometryCollection }>;
  const cells = new Map<string, number[][]>();
  for (const { geometry } of feature(topology, topology.objects.land).features) {
    const { type, coordinates } = geometry as Polygon | MultiPolygon;
    const polygons = type === 'Polygon' ? [coordinates] : coordinates;
    for (const ring of polygons.flat().map((ring) => ring.slice(0, -1))) {
      const [xs, ys] = [ring.map(([x]) => x as number), ring.map(([, y]) => y as number)];
      const range = (values: number[]) => [
        Math.floor(values.reduce((a, b) => Math.min(a, b)) / size) * size,
        values.reduce((a, b) => Math.max(a, b)),
      ];
      const [west, east] = range(xs) as [number, number];
      const [south, north] = range(ys) as [number, number];
      for (let x = west; x < east; x += size) {
        const column = cut(cut(ring, 0, x, true), 0, x + size, false);
        for (let y = south; y < north; y += size) {
          const inside = cut(cut(column, 1, y, true), 1, y + size, false);
          if (inside.length < 3) continue;
          const rings = cells.get(`${x}_${y}`) ?? [];
          rings.push(inside.flatMap((point) => point.map((degrees) => Number(degrees.toFixed(decimals)))));
          cells.set(`${x}_${y}`, rings);
        }
      }
    }
  }
  return new Map([...cells].map(([name, rings]) => [name, JSON.stringify(rings)]));
}

/** Writes the cells as files. `virtual:coast` exports their folder and names. */
export function coast(): Plugin {
  const id = '\0virtual:coast';
  let cells: Promise<Map<string, string>> | undefined;
  const read = () => {
    cells ??= coastCells();
    return cells;
  };
  // The files of a folder never change: another edition of the map has another name.
  const folder = 'assets/coast-2.0.2';
  return {
    name: 'coast',
    resolveId: (source) => (source === 'virtual:coast' ? id : undefined),
    async load(source) {
      if (source !== id) return undefined;
      return `export const folder = '/${folder}/'; export const cells = new Set(${JSON.stringify([...(await read()).keys()])});`;
    },
    async generateBundle() {
      for (const [name, source] of await read()) {
        this.emitFile({ type: 'asset', fileName: `${folder}/${name}.json`, source });
      }
    },
    configureServer: ({ middlewares }) => {
      middlewares.use(`/${folder}`, async ({ url = '' }, response) => {
        response.setHeader('content-type', 'application/json');
        response.end((await read()).get(url.slice(1, -'.json'.length)) ?? '[]');
      });
    },
  };
}
