import { Trans, useLingui } from '@lingui/react/macro';
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
import { classBreaks, classOf, radiusOf, shadeOf } from './map-classes.ts';
import { Coast } from './map-coast.tsx';
import { areaOf, cornersOf, type Frame, homeOf, type MapPoint, maxCorners, project, unproject } from './map-frame.ts';
import { Graticule, Names, ScaleBar } from './map-marks.tsx';
import { useWidth } from './use-width.ts';

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
  const inSight = { west, south, east, north, px, py, width, height };
  const breaks = useMemo(() => classBreaks(points), [points]);
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
          <Coast {...inSight} />
        )}
        <Graticule {...inSight} />
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
