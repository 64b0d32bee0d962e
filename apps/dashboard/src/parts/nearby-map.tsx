import { Trans, useLingui } from '@lingui/react/macro';
import { usePage } from '../use-page.ts';
import { colourOfKind, useKinds } from './kinds.ts';
import classes from './nearby-map.module.css';
import { useWidth } from './use-width.ts';

export const nearbyHeight = 400;

/** Kilometres per degree of latitude. */
const degree = 111.195;
/** Kilometres of the circles around the subject. */
const circles = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50];

interface Position {
  latitude: number | null;
  longitude: number | null;
}

interface NearbyMapProps {
  around: Position & { type: string | null };
  points: (Position & { id: number; number: number /** The radius in pixels. */; size: number })[];
  /** The number of the filled point. */
  chosen?: number;
  onChoose(number: number): void;
}

/** The sentence in place of a map. */
export function NoMap() {
  return <Trans>There is no map, because the dwelling or the sales around it have no coordinates.</Trans>;
}

/** A dwelling in the middle, and sales around it, numbered. */
export function NearbyMap({ around: { type, latitude, longitude }, points, chosen, onChoose }: NearbyMapProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const colour = colourOfKind(useKinds()(type) ?? 0);
  const placed = points.flatMap((point) =>
    latitude === null || longitude === null || point.latitude === null || point.longitude === null
      ? []
      : [
          {
            ...point,
            east: (point.longitude - longitude) * degree * Math.cos((latitude * Math.PI) / 180),
            north: (point.latitude - latitude) * degree,
          },
        ],
  );
  if (placed.length === 0) {
    return (
      <p className="note">
        <NoMap />
      </p>
    );
  }
  const farthest = Math.max(0.05, ...placed.map(({ east, north }) => Math.max(Math.abs(east), Math.abs(north))));
  const scale = (Math.min(width, nearbyHeight) / 2 - 24) / farthest;
  const [middle, centre] = [width / 2, nearbyHeight / 2];
  const drawn = circles.filter((km) => km * scale > 60 && km * scale < width / 2).slice(0, 2);
  const distance = (km: number) => (km < 1 ? `${format.count(km * 1000)} m` : `${format.count(km)} km`);
  return (
    <div ref={ref} className={classes.map} style={{ height: nearbyHeight }}>
      <svg
        width={width}
        height={nearbyHeight}
        role="img"
        aria-label={t`A map of ${placed.length} sales around the dwelling`}
      >
        {drawn.map((km) => (
          <g key={km}>
            <circle cx={middle} cy={centre} r={km * scale} fill="none" stroke="var(--ink3)" strokeDasharray="2 4" />
            <text x={middle} y={centre - km * scale - 5} textAnchor="middle">
              {distance(km)}
            </text>
          </g>
        ))}
        {placed.toReversed().map(({ id, number, east, north, size }) => {
          const [x, y] = [middle + east * scale, centre - north * scale];
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the table beside it has the same links
            <g key={id} className={classes.point} onClick={() => onChoose(number)}>
              <circle
                cx={x}
                cy={y}
                r={size}
                fill={number === chosen ? colour : 'var(--paper)'}
                stroke={colour}
                strokeWidth="1.6"
              />
              <text x={x} y={y + 4} textAnchor="middle" style={{ fill: number === chosen ? 'var(--paper)' : colour }}>
                {number}
              </text>
            </g>
          );
        })}
        <path
          d={`M${middle - 8} ${centre + 7}v-8l8 -7 8 7v8z`}
          fill="var(--kind-1)"
          stroke="var(--paper)"
          strokeWidth="1.5"
        />
        <text x={middle} y={centre + 24} textAnchor="middle" className={classes.subject}>
          {t`the dwelling`}
        </text>
      </svg>
    </div>
  );
}
