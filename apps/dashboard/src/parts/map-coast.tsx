/** The coast lines under a map. */
import { cells, folder } from 'virtual:coast';
import { useQueries } from '@tanstack/react-query';
import classes from './map-chart.module.css';
import type { InSight, Scale } from './map-frame.ts';

/** The land in sight, with its coast lines. */
export function Coast({ west, south, east, north, px, py, width, height }: InSight) {
  const land = useCoast(west, south, east, north);
  return (
    <svg width={width} height={height} className={classes.ground} aria-hidden="true">
      <rect width={width} height={height} fill="var(--sea)" />
      {land.map(({ name, rings, x, y }) => (
        <g key={name}>
          <path d={rings.map((ring) => `${pathOf(ring, px, py)}Z`).join('')} fill="var(--land)" fillRule="evenodd" />
          <path d={rings.map((ring) => coastOf(ring, x, y, px, py)).join('')} fill="none" stroke="var(--coast)" />
        </g>
      ))}
    </svg>
  );
}

interface CoastCell {
  name: string;
  x: number;
  y: number;
  rings: number[][];
}

const cellSize = 10;

/** The land in sight. Only its cells are loaded. */
function useCoast(west: number, south: number, east: number, north: number): CoastCell[] {
  const names: { name: string; x: number; y: number }[] = [];
  // A view of the whole world has 648 cells; the map is for markets, which have a few.
  for (let x = Math.floor(west / cellSize) * cellSize; x < east && names.length < 40; x += cellSize) {
    for (let y = Math.floor(south / cellSize) * cellSize; y < north && names.length < 40; y += cellSize) {
      if (cells.has(`${x}_${y}`)) names.push({ name: `${x}_${y}`, x, y });
    }
  }
  const loaded = useQueries({
    queries: names.map(({ name }) => ({
      queryKey: ['coast', name],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await (await fetch(`${folder}${name}.json`, { signal })).json()) as number[][],
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  return names.flatMap((cell, i) => {
    const rings = loaded[i]?.data;
    return rings ? [{ ...cell, rings }] : [];
  });
}

function pathOf(ring: number[], px: Scale, py: Scale): string {
  let path = '';
  for (let i = 0; i < ring.length; i += 2) {
    path += `${i === 0 ? 'M' : 'L'}${px(ring[i] as number).toFixed(1)} ${py(ring[i + 1] as number).toFixed(1)}`;
  }
  return path;
}

/** The coast of a ring: without the edges that cutting it into cells has made. */
function coastOf(ring: number[], x: number, y: number, px: Scale, py: Scale): string {
  let path = '';
  const count = ring.length / 2;
  for (let i = 0; i < count; i++) {
    const j = (i + 1) % count;
    const [x0, y0, x1, y1] = [ring[2 * i], ring[2 * i + 1], ring[2 * j], ring[2 * j + 1]] as [
      number,
      number,
      number,
      number,
    ];
    const isCut = (x0 === x1 && (x0 === x || x0 === x + cellSize)) || (y0 === y1 && (y0 === y || y0 === y + cellSize));
    if (!isCut) path += `M${px(x0).toFixed(1)} ${py(y0).toFixed(1)}L${px(x1).toFixed(1)} ${py(y1).toFixed(1)}`;
  }
  return path;
}
