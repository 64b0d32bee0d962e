/** A map of places: dots on land and sea, without tiles. */
import { createRequire } from 'node:module';
import { geoGraticule, geoMercator, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { MapPoint } from '../document.ts';
import type { Style } from './style.ts';
import { coast, fontSize, ink, ink2, land, sans, sea, sequence, serif } from './theme.ts';

const world = createRequire(import.meta.url)('world-atlas/land-10m.json') as Topology<{ land: GeometryCollection }>;
const ground = feature(world, world.objects.land);

/** Share of the sales, at each side of the map, that may lie outside it: a few far places would make all the others one dot. */
const outside = 0.02;
const legendHeight = 52;
const maxNames = 6;

/** @returns the SVG, and how many places lie outside the map */
export function mapSvg(
  points: readonly MapPoint[],
  { width, format }: Style,
  id: string,
): { svg: string; left: number } {
  const [west, east] = span(points.map(({ longitude, sales }) => [longitude, sales]));
  const [south, north] = span(points.map(({ latitude, sales }) => [latitude, sales]));
  const height = Math.round(Math.min(1.05 * width, 340));
  const pad = 14;
  const corners = {
    type: 'MultiPoint' as const,
    coordinates: [
      [west, south],
      [east, north],
      [west, north],
      [east, south],
    ],
  };
  const projection = geoMercator()
    .fitExtent(
      [
        [pad, pad],
        [width - pad, height - pad],
      ],
      corners,
    )
    .clipExtent([
      [0, 0],
      [width, height],
    ]);
  const path = geoPath(projection);
  const placed = points.flatMap((point) => {
    const [x, y] = projection([point.longitude, point.latitude]) ?? [Number.NaN, Number.NaN];
    return x >= 0 && x <= width && y >= 0 && y <= height ? [{ ...point, x, y }] : [];
  });
  const limits = classLimits(placed.filter(({ thin }) => !thin).map(({ median }) => median));
  const classOf = (median: number) => limits.filter((limit) => median >= limit).length;
  const most = Math.max(...placed.map(({ sales }) => sales), 1);
  const largest = Math.min(14, Math.max(5, width / Math.sqrt(placed.length || 1) / 2.2));
  const radius = (sales: number) => Math.max(1.6, largest * Math.sqrt(sales / most));
  const colour = (at: number) =>
    sequence[Math.min(at + (sequence.length - 1 - limits.length), sequence.length - 1)] as string;
  const n = (value: number) => Number(value.toFixed(2));
  const circles = placed
    .toSorted((a, b) => b.sales - a.sales)
    .map(({ x, y, sales, median, thin }) => {
      const fill = thin ? 'none' : colour(classOf(median));
      const stroke = thin ? '#8a8475' : '#ffffff';
      return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius(sales))}" fill="${fill}" stroke="${stroke}" stroke-width="${thin ? 1 : 0.6}"/>`;
    });
  const text = (x: number, y: number, content: string, attributes: string) =>
    `<text x="${n(x)}" y="${n(y)}" ${attributes}>${escapeXml(content)}</text>`;
  const names = labels(placed, width).map(({ x, y, name, sales }) =>
    text(
      x,
      y - radius(sales) - 4,
      name,
      `font-family="'${serif}'" font-style="italic" font-size="13" fill="${ink}" text-anchor="middle" stroke="#fffdf8" stroke-width="3" stroke-linejoin="round" paint-order="stroke"`,
    ),
  );
  const step = graticuleStep(east - west);
  // Only around the places: lines of 0.01 degrees around the world would be millions of points.
  const around: [[number, number], [number, number]] = [
    [west - 2 * step, south - 2 * step],
    [east + 2 * step, north + 2 * step],
  ];
  const graticule = geoGraticule().extent(around).step([step, step])();
  const small = `font-family="${sans}" font-size="${fontSize}" fill="${ink2}"`;
  const counts = sequence
    .map((_, i) => placed.filter(({ thin, median }) => !thin && i === classOf(median)).length)
    .slice(0, limits.length + 1);
  const barWidth = Math.min(44, (width - 20) / (limits.length + 1));
  const scale = 22 / Math.max(...counts, 1);
  const legendTop = height + 14;
  const legend =
    limits.length > 0
      ? counts.flatMap((count, i) => {
          const bar = Math.max(2, count * scale);
          const x = i * barWidth;
          return [
            `<rect x="${n(x)}" y="${n(legendTop + 22 - bar)}" width="${n(barWidth - 1)}" height="${n(bar)}" fill="${colour(i)}"/>`,
            ...(i > 0
              ? [
                  text(
                    x,
                    legendTop + 37,
                    format.text(limits[i - 1] as number, 'short_money'),
                    `${small} text-anchor="middle"`,
                  ),
                ]
              : []),
          ];
        })
      : [];
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + legendHeight}" viewBox="0 0 ${width} ${height + legendHeight}">`,
    `<clipPath id="${id}-frame"><rect width="${width}" height="${height}"/></clipPath>`,
    `<g clip-path="url(#${id}-frame)"><rect width="${width}" height="${height}" fill="${sea}"/>`,
    `<path d="${path.digits(2)(ground) ?? ''}" fill="${land}" stroke="${coast}" stroke-width="0.7"/>`,
    `<path d="${path.digits(2)(graticule) ?? ''}" fill="none" stroke="#d9d5ca" stroke-width="0.5"/>`,
    ...circles,
    ...names,
    '</g>',
    ...legend,
    '</svg>',
  ].join('');
  return { svg, left: points.length - placed.length };
}

/** The range that holds all but the outermost shares of a weight. */
function span(values: readonly (readonly [number, number])[]): [number, number] {
  const sorted = values.toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  const at = (share: number) => {
    let sum = 0;
    return (sorted.find(([, weight]) => {
      sum += weight;
      return sum >= share * total;
    }) ?? sorted.at(-1))?.[0] as number;
  };
  const [low, high] = [at(outside), at(1 - outside)];
  // A single place has its surroundings.
  const margin = Math.max(0.02, (high - low) * 0.04);
  return [low - margin, high + margin];
}

/** Up to five round limits that divide the values into classes of similar size. */
function classLimits(values: number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length < 12) return [];
  const limits = [1, 2, 3, 4, 5].map((i) =>
    Number((sorted[Math.floor((i * sorted.length) / 6)] as number).toPrecision(2)),
  );
  return [...new Set(limits)];
}

/** The places with the most sales whose names do not cover each other. */
function labels<P extends { x: number; y: number; name: string }>(
  places: readonly (P & { sales: number })[],
  width: number,
) {
  const chosen: (P & { sales: number })[] = [];
  for (const place of places.toSorted((a, b) => b.sales - a.sales)) {
    if (chosen.length === maxNames) break;
    const half = place.name.length * 3.2;
    if (place.x - half < 4 || place.x + half > width - 4 || place.y < 24 || place.name.length > 24) continue;
    if (
      chosen.every(
        (other) => Math.abs(other.y - place.y) > 26 || Math.abs(other.x - place.x) > half + other.name.length * 3.2,
      )
    )
      chosen.push(place);
  }
  return chosen;
}

function graticuleStep(degrees: number): number {
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20].find((step) => degrees / step <= 5) ?? 30;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
