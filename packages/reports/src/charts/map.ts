/** A map of places: dots on land and sea, without tiles. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { geoGraticule, geoMercator, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { MapPoint } from '../document.ts';
import type { Style } from './style.ts';
import { coast, fontSize, ink, ink2, land, sans, sea, sequence, serif } from './theme.ts';

type Position = number[];
type Box = [west: number, south: number, east: number, north: number];

/** An island or a continent: its rings as longitudes and latitudes in turn, which take a twentieth of the memory of pairs, and the box around it. */
interface Land {
  rings: Float32Array[];
  box: Box;
}

const lands = readLands();

/** A few islets of the file are lines; a sphere takes such a ring for the border of all the rest. */
function readLands(): Land[] {
  const file = createRequire(import.meta.url).resolve('world-atlas/land-10m.json');
  const world = JSON.parse(readFileSync(file, 'utf8')) as Topology<{ land: GeometryCollection }>;
  const outlines = world.objects.land.geometries.flatMap((each) =>
    each.type === 'Polygon' ? [each.arcs] : each.type === 'MultiPolygon' ? each.arcs : [],
  );
  return outlines.flatMap((arcs) => {
    const [outline = [], ...holes] = feature(world, { type: 'Polygon', arcs }).geometry.coordinates;
    if (outline.length <= 4) return [];
    return { rings: [outline, ...holes].map((ring) => Float32Array.from(ring.flat())), box: boxOf(outline) };
  });
}

function boxOf(ring: Position[]): Box {
  const box: Box = [180, 90, -180, -90];
  for (const [x = 0, y = 0] of ring) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** The land that reaches into a box. */
function landIn([west, south, east, north]: Box) {
  const near = lands.filter(({ box }) => box[0] <= east && box[2] >= west && box[1] <= north && box[3] >= south);
  const pairs = (ring: Float32Array): Position[] =>
    Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] as number, ring[2 * i + 1] as number]);
  return { type: 'MultiPolygon' as const, coordinates: near.map(({ rings }) => rings.map(pairs)) };
}

/** Share of the sales, at each side of the map, that may lie outside it: a few far places would make all the others one dot. */
const outside = 0.02;
/** For degrees, and for the classes of prices with their numbers of places. */
const degreesHeight = 20;
const legendHeight = 60;
const maxNames = 6;

/** @returns the SVG, and how many places lie outside the map */
export function mapSvg(
  points: readonly MapPoint[],
  { width, format }: Style,
  id: string,
): { svg: string; left: number } {
  const [west, east] = span(points.map(({ longitude, sales }) => [longitude, sales]));
  const [south, north] = span(points.map(({ latitude, sales }) => [latitude, sales]));
  const height = Math.round(Math.min(0.95 * width, 340));
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
  const outline = 'stroke="#fffdf8" stroke-width="3" stroke-linejoin="round" paint-order="stroke"';
  const names = labels(placed, width).map(({ x, y, name, sales }) =>
    text(
      x,
      y - radius(sales) - 4,
      name,
      `font-family="'${serif}'" font-style="italic" font-size="13" fill="${ink}" text-anchor="middle" ${outline}`,
    ),
  );
  const step = graticuleStep(east - west);
  const corner = (x: number, y: number) => projection.invert?.([x, y]) ?? [0, 0];
  const [[left = 0, top = 0], [right = 0, bottom = 0]] = [corner(0, 0), corner(width, height)] as [number[], number[]];
  // Lines of 0.01 degrees around the whole world would be millions of points.
  const graticule = geoGraticule()
    .extent([
      [left, bottom],
      [right, top],
    ])
    .step([step, step])();
  const small = `font-family="${sans}" font-size="${fontSize}" fill="${ink2}"`;
  const counts = sequence
    .map((_, i) => placed.filter(({ thin, median }) => !thin && i === classOf(median)).length)
    .slice(0, limits.length + 1);
  const barWidth = Math.min(44, (width - 20) / (limits.length + 1));
  const scale = 22 / Math.max(...counts, 1);
  const degrees = [
    ...multiples(step, left, right).map((longitude) => ({ x: projection([longitude, bottom])?.[0] ?? 0, longitude })),
  ]
    .filter(({ x }) => x > 24 && x < width - 24)
    .map(({ x, longitude }) => text(x, height + 15, degreesOf(longitude, 'E', 'W'), `${small} text-anchor="middle"`));
  const parallels = multiples(step, bottom, top)
    .map((latitude) => ({ y: projection([left, latitude])?.[1] ?? 0, latitude }))
    .filter(({ y }) => y > 16 && y < height - 16)
    .map(({ y, latitude }) =>
      text(width - 6, y - 4, degreesOf(latitude, 'N', 'S'), `${small} text-anchor="end" ${outline}`),
    );
  const kilometres = (111.32 * Math.cos((((top + bottom) / 2) * Math.PI) / 180) * (right - left)) / width;
  const bar = roundBelow(0.3 * width * kilometres);
  const scaleBar = [
    `<path d="M12 ${height - 16}v4h${n(bar / kilometres)}v-4" fill="none" stroke="${ink}" stroke-width="1"/>`,
    text(
      18 + bar / kilometres,
      height - 9,
      `${format.text(bar, bar < 1 ? 'number' : 'count')} km`,
      `${small} ${outline}`,
    ),
  ];
  const legendTop = height + degreesHeight + 16;
  const legend =
    limits.length > 0
      ? counts.flatMap((count, i) => {
          const bar = Math.max(2, count * scale);
          const x = i * barWidth;
          return [
            text(
              x + barWidth / 2,
              legendTop + 22 - bar - 4,
              format.text(count, 'count'),
              `${small} text-anchor="middle"`,
            ),
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
  const whole = height + degreesHeight + (limits.length > 0 ? legendHeight : 0);
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}">`,
    `<clipPath id="${id}-frame"><rect width="${width}" height="${height}"/></clipPath>`,
    `<g clip-path="url(#${id}-frame)"><rect width="${width}" height="${height}" fill="${sea}"/>`,
    `<path d="${path.digits(1)(landIn([left, bottom, right, top])) ?? ''}" fill="${land}" stroke="${coast}" stroke-width="0.7"/>`,
    `<path d="${path.digits(1)(graticule) ?? ''}" fill="none" stroke="#d9d5ca" stroke-width="0.5"/>`,
    ...circles,
    ...names,
    ...parallels,
    ...scaleBar,
    '</g>',
    ...degrees,
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
    if (place.x - half < 4 || place.x + half > width - 46 || place.y < 24 || place.name.length > 24) continue;
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

/** The multiples of a step between two values. */
function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toFixed(2)));
}

/** `33.5° S` */
function degreesOf(value: number, positive: string, negative: string): string {
  return `${Math.abs(value)}°${value === 0 ? '' : `\u00a0${value > 0 ? positive : negative}`}`;
}

/** The largest of 1, 2 and 5 times powers of ten that is not above a value. */
function roundBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([5, 2].find((step) => step * power <= value) ?? 1);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
