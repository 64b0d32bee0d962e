import { cells, folder } from 'virtual:coast';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQueries } from '@tanstack/react-query';
import {
  type KeyboardEvent,
  lazy,
  type PointerEvent,
  Suspense,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  type WheelEvent,
} from 'react';
import { usePage } from '../use-page.ts';
import classes from './map-chart.module.css';
import { useWidth } from './use-width.ts';

export interface MapPoint {
  name: string | null;
  longitude: number;
  latitude: number;
  sales: number;
  median: number;
  /** Whether its median rests on few sales. */
  few: boolean;
}

interface MapChartProps {
  label: string;
  points: MapPoint[];
  height: number;
  /** An area on the map, as the filter `within` states it. */
  area: string | undefined;
  onChoose(point: MapPoint): void;
  /** Filters by an area, or removes it; without it, none can be drawn. */
  onArea?(area: string | undefined): void;
}

/** The centre in degrees of longitude and of the Mercator projection, and pixels per degree. */
interface Frame {
  x: number;
  y: number;
  scale: number;
}

/** The Mercator projection, in degrees. */
const project = (latitude: number) => (Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) * 180) / Math.PI;
const unproject = (y: number) => (Math.atan(Math.exp((y * Math.PI) / 180)) * 360) / Math.PI - 90;

/** The frame that shows where most sales are: the middle two thirds in each direction. */
function homeOf(points: MapPoint[], width: number, height: number): Frame {
  const all = points.reduce((sum, { sales }) => sum + sales, 0);
  const ends = (value: (point: MapPoint) => number): [number, number] => {
    const sorted = points.toSorted((a, b) => value(a) - value(b));
    let before = 0;
    const at = (share: number) => {
      before = 0;
      return sorted.find(({ sales }) => {
        before += sales;
        return before >= all * share;
      });
    };
    const [low, high] = [at(0.16), at(0.84)];
    return low && high ? [value(low), value(high)] : [0, 1];
  };
  const [west, east] = ends(({ longitude }) => longitude);
  const [south, north] = ends(({ latitude }) => project(latitude));
  const scale = Math.min(width / Math.max(0.02, east - west), height / Math.max(0.02, north - south)) * 0.8;
  return { x: (west + east) / 2, y: (south + north) / 2, scale };
}

/** Five round prices that divide the points into six classes of much the same number. */
export function classBreaks(points: MapPoint[]): number[] {
  const medians = points.filter(({ few }) => !few).map(({ median }) => median);
  const sorted = (medians.length >= 6 ? medians : points.map(({ median }) => median)).toSorted((a, b) => a - b);
  const breaks = [1, 2, 3, 4, 5].map((i) => Number((sorted[Math.floor((i * sorted.length) / 6)] ?? 0).toPrecision(2)));
  return [...new Set(breaks)];
}

export const classOf = (breaks: number[], median: number) => breaks.filter((edge) => median >= edge).length;

/** The index of the colour of a class, so that few classes still use the whole scale. */
export const shadeOf = (index: number, count: number) => (count <= 1 ? 3 : Math.round((index / (count - 1)) * 5));

/** The filter for a part of the map: the sides of a box, or the corners of a polygon. */
const areaOf = (...degrees: number[]) => degrees.map((each) => each.toFixed(4)).join(',');

/** Corners of a polygon that the service takes. */
const maxCorners = 50;

const radiusOf = (sales: number) => Math.min(16, Math.max(2, Math.sqrt(sales) * 0.55));

/** The style of the deployment that maps are drawn on, if it has one. */
const mapStyle = document.querySelector<HTMLMetaElement>('meta[name="map-style"]')?.content;

const StyledGround = lazy(() => import('./styled-ground.tsx'));

/** Points on a map: coast lines, a graticule and names, which need no tiles, or the style of the deployment. */
export function MapChart(props: MapChartProps) {
  const [ref, width] = useWidth();
  // Thousands of points are drawn once the rest of the view is painted.
  const points = useDeferredValue(props.points, none);
  return (
    <div ref={ref} className={classes.map} style={{ height: props.height + 22 }}>
      {width > 0 && points.length > 0 && <DrawnMap {...props} points={points} width={width} />}
    </div>
  );
}

const none: MapPoint[] = [];

function DrawnMap({ label, points, height, area, onChoose, onArea, width }: MapChartProps & { width: number }) {
  const { t } = useLingui();
  const { format } = usePage();
  const [moved, setMoved] = useState<Frame>();
  const [hovered, setHovered] = useState<MapPoint>();
  const [drawing, setDrawing] = useState(false);
  /** Those of the polygon that is drawn, as longitude and latitude. */
  const [corners, setCorners] = useState<[number, number][]>([]);
  const [drag, setDrag] = useState<{ from: [number, number]; to: [number, number]; start: Frame }>();
  const svg = useRef<SVGSVGElement>(null);
  const home = useMemo(() => homeOf(points, width, height), [points, width, height]);
  const frame = moved ?? home;
  const px = (longitude: number) => width / 2 + (longitude - frame.x) * frame.scale;
  const py = (latitude: number) => height / 2 - (project(latitude) - frame.y) * frame.scale;
  const west = frame.x - width / 2 / frame.scale;
  const east = frame.x + width / 2 / frame.scale;
  const south = unproject(frame.y - height / 2 / frame.scale);
  const north = unproject(frame.y + height / 2 / frame.scale);
  const breaks = useMemo(() => classBreaks(points), [points]);
  const land = useCoast(west, south, east, north);
  const [hasStyle, setHasStyle] = useState(false);

  const zoom = (by: number) => setMoved({ ...frame, scale: Math.max(2, Math.min(40_000, frame.scale * by)) });
  const visible = points
    .filter(({ longitude, latitude }) => longitude > west && longitude < east && latitude > south && latitude < north)
    .toSorted((a, b) => b.sales - a.sales);
  /** The nearest point in a direction; the one with the most sales if none is chosen. */
  const neighbour = (dx: number, dy: number): MapPoint | undefined => {
    if (!hovered) return visible[0];
    let best: { point: MapPoint; distance: number } | undefined;
    for (const point of visible) {
      const [across, down] = [px(point.longitude) - px(hovered.longitude), py(point.latitude) - py(hovered.latitude)];
      const ahead = across * dx + down * dy;
      // Ahead rather than beside.
      const aside = Math.abs(across * dy) + Math.abs(down * dx);
      if (ahead < 1 || aside > ahead) continue;
      if (!best || ahead + aside < best.distance) best = { point, distance: ahead + aside };
    }
    return best?.point ?? hovered;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const go = (dx: number, dy: number) => () => {
      const step = 60 / frame.scale;
      if (event.shiftKey) setMoved({ ...frame, x: frame.x + dx * step, y: frame.y - dy * step });
      else setHovered(neighbour(dx, dy));
    };
    const moves: Record<string, () => void> = {
      ArrowLeft: go(-1, 0),
      ArrowRight: go(1, 0),
      ArrowUp: go(0, -1),
      ArrowDown: go(0, 1),
      '+': () => zoom(1.5),
      '-': () => zoom(1 / 1.5),
      Home: () => setMoved(undefined),
      Enter: () => (drawing ? finish() : hovered && onChoose(hovered)),
      Escape: () => {
        stopDrawing();
        setHovered(undefined);
      },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  // React listens to wheels passively, so the page would scroll too.
  useEffect(() => {
    const element = svg.current;
    const onWheel = (event: Event) => (event as unknown as WheelEvent).ctrlKey && event.preventDefault();
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, []);
  const at = (event: PointerEvent<SVGSVGElement>): [number, number] => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const stopDrawing = () => {
    setDrawing(false);
    setCorners([]);
  };
  const finish = () => {
    if (corners.length < 3) return;
    onArea?.(areaOf(...corners.flat()));
    stopDrawing();
  };
  const onPointerUp = () => {
    setDrag(undefined);
    if (!drag || !drawing || !onArea) return;
    const [[x0, y0], [x1, y1]] = [drag.from, drag.to];
    const degreesAt = (x: number, y: number): [number, number] => [
      frame.x + (x - width / 2) / frame.scale,
      unproject(frame.y - (y - height / 2) / frame.scale),
    ];
    // A box is dragged, the corners of a polygon are clicked. A click on the first one closes it.
    if (corners.length === 0 && Math.abs(x1 - x0) > 4 && Math.abs(y1 - y0) > 4) {
      const [w, n] = degreesAt(Math.min(x0, x1), Math.min(y0, y1));
      const [e, s] = degreesAt(Math.max(x0, x1), Math.max(y0, y1));
      onArea(areaOf(w, s, e, n));
      stopDrawing();
      return;
    }
    const [first] = corners;
    const isFirst = first && Math.hypot(px(first[0]) - x1, py(first[1]) - y1) < 12;
    if ((isFirst && corners.length > 2) || corners.length === maxCorners) finish();
    else setCorners([...corners, degreesAt(x1, y1)]);
  };

  const pointOf = (target: EventTarget) => visible[Number((target as SVGElement).dataset.index ?? -1)];
  const growth = Math.max(0.8, Math.min(2.2, Math.sqrt(frame.scale / home.scale)));
  const shown = area === undefined ? corners : cornersOf(area);
  const outline = shown.map(([longitude, latitude]) => `${px(longitude)} ${py(latitude)}`).join('L');
  return (
    <>
      {mapStyle && (
        <div className={classes.styled} style={{ height }} data-styled={hasStyle}>
          <Suspense>
            <StyledGround
              style={mapStyle}
              longitude={frame.x}
              latitude={unproject(frame.y)}
              scale={frame.scale}
              onDrawn={setHasStyle}
            />
          </Suspense>
        </div>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a group of form fields is something else */}
      <svg
        ref={svg}
        width={width}
        height={height}
        role="group"
        aria-roledescription={t`map`}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move along its points
        tabIndex={0}
        onBlur={() => setHovered(undefined)}
        data-drawing={drawing}
        onKeyDown={onKeyDown}
        onWheel={(event) => event.ctrlKey && zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2)}
        onPointerDown={(event) => {
          if (pointOf(event.target) && !drawing) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event), start: frame });
        }}
        onClick={({ target }) => {
          const point = pointOf(target);
          if (point && !drawing) onChoose(point);
        }}
        onPointerLeave={() => setHovered(undefined)}
        onPointerMove={(event) => {
          setHovered(drag ? undefined : pointOf(event.target));
          if (!drag) return;
          const to = at(event);
          setDrag({ ...drag, to });
          if (!drawing) {
            setMoved({
              ...drag.start,
              x: drag.start.x - (to[0] - drag.from[0]) / frame.scale,
              y: drag.start.y + (to[1] - drag.from[1]) / frame.scale,
            });
          }
        }}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(undefined)}
      >
        {hasStyle ? (
          // The pointer moves the map where it has no mark.
          <rect width={width} height={height} fill="none" pointerEvents="all" />
        ) : (
          <svg width={width} height={height} className={classes.ground} aria-hidden="true">
            <rect width={width} height={height} fill="var(--sea)" />
            {land.map(({ name, rings, x, y }) => (
              <g key={name}>
                <path
                  d={rings.map((ring) => `${pathOf(ring, px, py)}Z`).join('')}
                  fill="var(--land)"
                  fillRule="evenodd"
                />
                <path d={rings.map((ring) => coastOf(ring, x, y, px, py)).join('')} fill="none" stroke="var(--coast)" />
              </g>
            ))}
          </svg>
        )}
        <Graticule west={west} south={south} east={east} north={north} px={px} py={py} width={width} height={height} />
        <svg width={width} height={height} className={classes.ground} aria-hidden="true">
          {visible.map((point, index) => {
            const r = radiusOf(point.sales) * growth;
            const colour = `var(--more-${shadeOf(classOf(breaks, point.median), breaks.length + 1)})`;
            return (
              <circle
                key={`${point.name} ${point.longitude} ${point.latitude}`}
                cx={px(point.longitude)}
                cy={py(point.latitude)}
                r={point.few ? Math.max(1.8, r * 0.8) : r}
                fill={point.few ? 'none' : colour}
                stroke={point.few ? 'var(--flat)' : 'var(--paper)'}
                strokeWidth={point.few ? 1 : 0.6}
                className={classes.point}
                data-chosen={point === hovered}
                data-index={index}
              />
            );
          })}
          {!hasStyle && <Names points={visible} px={px} py={py} width={width} />}
          {shown.length > 0 && (
            <path
              d={`M${outline}${area === undefined ? '' : 'Z'}`}
              fill="none"
              stroke="var(--ink)"
              strokeWidth="1.5"
              strokeLinejoin="round"
            />
          )}
          {corners.map(([longitude, latitude], i) => (
            <circle
              key={`${longitude} ${latitude}`}
              cx={px(longitude)}
              cy={py(latitude)}
              r={i === 0 ? 6 : 3.5}
              fill="var(--panel)"
              stroke="var(--ink)"
              strokeWidth="1.5"
            />
          ))}
          {drag && drawing && corners.length === 0 && (
            <rect
              x={Math.min(drag.from[0], drag.to[0])}
              y={Math.min(drag.from[1], drag.to[1])}
              width={Math.abs(drag.to[0] - drag.from[0])}
              height={Math.abs(drag.to[1] - drag.from[1])}
              fill="var(--kind-0)"
              fillOpacity="0.1"
              stroke="var(--ink)"
            />
          )}
        </svg>
        <ScaleBar frame={frame} height={height} latitude={unproject(frame.y)} />
      </svg>
      {hovered && (
        <div
          className={classes.tip}
          aria-hidden="true"
          style={{
            ...(px(hovered.longitude) > width / 2
              ? { right: width - px(hovered.longitude) + 14 }
              : { left: px(hovered.longitude) + 14 }),
            top: Math.max(4, Math.min(height - 70, py(hovered.latitude) - 20)),
          }}
        >
          <b>{hovered.name ?? t`Sales here`}</b>
          <br />
          {format.price(hovered.median)}, <Trans>{format.count(hovered.sales)} sales</Trans>
        </div>
      )}
      <span className="hidden" aria-live="polite">
        {hovered &&
          t`${hovered.name ?? t`Sales here`}: median ${format.price(hovered.median)}, ${format.count(hovered.sales)} sales`}
      </span>
      <span className={`${classes.controls} screen`}>
        <button type="button" aria-label={t`Closer`} onClick={() => zoom(1.6)}>
          +
        </button>
        <button type="button" aria-label={t`Farther`} onClick={() => zoom(1 / 1.6)}>
          −
        </button>
        <button type="button" aria-label={t`The whole market`} onClick={() => setMoved(undefined)}>
          ⌂
        </button>
        {onArea && drawing && corners.length === 0 && (
          <button
            type="button"
            className={classes.draw}
            onClick={() => {
              stopDrawing();
              onArea(areaOf(west, south, east, north));
            }}
          >
            <Trans>All in sight</Trans>
          </button>
        )}
        {corners.length > 2 && (
          <button type="button" className={classes.draw} onClick={finish}>
            <Trans>Close the area</Trans>
          </button>
        )}
        {onArea && (
          <button
            type="button"
            aria-pressed={drawing}
            className={classes.draw}
            onClick={() => (area ? onArea(undefined) : drawing ? stopDrawing() : setDrawing(true))}
          >
            {area ? (
              <Trans>Remove the area</Trans>
            ) : drawing ? (
              <Trans>Drag a box, or click corners</Trans>
            ) : (
              <Trans>Draw an area</Trans>
            )}
          </button>
        )}
      </span>
    </>
  );
}

type Scale = (degrees: number) => number;

/** The corners of an area, as longitude and latitude. */
function cornersOf(area: string): [number, number][] {
  const degrees = area.split(',').map(Number);
  if (degrees.length === 4) {
    const [west, south, east, north] = degrees as [number, number, number, number];
    return [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
    ];
  }
  return Array.from({ length: degrees.length / 2 }, (_, i) => degrees.slice(2 * i, 2 * i + 2) as [number, number]);
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

interface GraticuleProps {
  west: number;
  south: number;
  east: number;
  north: number;
  px: Scale;
  py: Scale;
  width: number;
  height: number;
}

function Graticule({ west, south, east, north, px, py, width, height }: GraticuleProps) {
  const { i18n } = useLingui();
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30].find((each) => (east - west) / each <= 5) ?? 30;
  const lines = (from: number, to: number) =>
    Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, i) =>
      Number(((Math.ceil(from / step) + i) * step).toFixed(4)),
    );
  const write = (degrees: number, positive: string, negative: string) =>
    `${Math.abs(degrees).toLocaleString(i18n.locale)}° ${degrees < 0 ? negative : positive}`;
  return (
    <g fontSize="11" fill="var(--ink3)">
      {lines(west, east).map((longitude) => (
        <g key={longitude}>
          <path d={`M${px(longitude)} 0V${height}`} stroke="var(--coast)" strokeWidth="0.6" opacity="0.45" />
          {px(longitude) > 24 && px(longitude) < width - 24 && (
            <text x={px(longitude)} y={height + 15} textAnchor="middle">
              {write(longitude, 'E', 'W')}
            </text>
          )}
        </g>
      ))}
      {lines(south, north).map((latitude) => (
        <g key={latitude}>
          <path d={`M0 ${py(latitude)}H${width}`} stroke="var(--coast)" strokeWidth="0.6" opacity="0.45" />
          {py(latitude) > 16 && (
            <text x={width - 6} y={py(latitude) - 4} textAnchor="end">
              {write(latitude, 'N', 'S')}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

/** The names of the places with the most sales that do not touch each other. */
function Names({ points, px, py, width }: { points: MapPoint[]; px: Scale; py: Scale; width: number }) {
  const placed: { x: number; y: number; half: number; name: string }[] = [];
  for (const { name, longitude, latitude } of points) {
    if (placed.length >= (width < 500 ? 4 : 8)) break;
    if (name === null) continue;
    const [x, y, half] = [px(longitude), py(latitude), name.length * 3.4 + 6];
    const isFree = placed.every(
      (other) => Math.abs(other.x - x) > other.half + half + 24 || Math.abs(other.y - y) > 44,
    );
    if (isFree && x > half && x < width - half) placed.push({ x, y, half, name });
  }
  return (
    <g className={classes.names}>
      {placed.map(({ x, y, name }) => (
        <text key={name} x={x} y={y + 4} textAnchor="middle">
          {name}
        </text>
      ))}
    </g>
  );
}

function ScaleBar({ frame, height, latitude }: { frame: Frame; height: number; latitude: number }) {
  const perKilometre = frame.scale / (111.32 * Math.cos((latitude * Math.PI) / 180));
  const kilometres =
    [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].findLast((each) => each * perKilometre <= 150) ?? 0.1;
  const length = kilometres * perKilometre;
  return (
    <g transform={`translate(14 ${height - 16})`}>
      <path d={`M0 -5V0H${length}V-5`} fill="none" stroke="var(--ink2)" />
      <text x={length + 8} y="3" fontSize="12" fill="var(--ink2)">
        {kilometres < 1 ? `${kilometres * 1000} m` : `${kilometres} km`}
      </text>
    </g>
  );
}
