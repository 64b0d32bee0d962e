/** What orients on a map: degrees, names, a scale. */
import { useLingui } from '@lingui/react/macro';
import classes from './map-chart.module.css';
import type { Frame, InSight, MapPoint, Scale } from './map-frame.ts';

/** Lines of whole degrees, with their numbers. */
export function Graticule({ west, south, east, north, px, py, width, height }: InSight) {
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
export function Names({ points, px, py, width }: { points: MapPoint[]; px: Scale; py: Scale; width: number }) {
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

/** A length on the map. */
export function ScaleBar({ frame, height, latitude }: { frame: Frame; height: number; latitude: number }) {
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
