/** Where a map is: its points, the part of the world that is in sight, and areas of it. */

export interface MapPoint {
  name: string | null;
  longitude: number;
  latitude: number;
  sales: number;
  median: number;
  /** Whether its median rests on few sales. */
  few: boolean;
}

/** The centre in degrees of longitude and of the Mercator projection, and pixels per degree. */
export interface Frame {
  x: number;
  y: number;
  scale: number;
}

/** The Mercator projection, in degrees. */
export const project = (latitude: number) =>
  (Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) * 180) / Math.PI;
export const unproject = (y: number) => (Math.atan(Math.exp((y * Math.PI) / 180)) * 360) / Math.PI - 90;

/** Degrees of longitude or latitude in pixels. */
export type Scale = (degrees: number) => number;

/** The part of the world in sight, in degrees, and where it is drawn. */
export interface InSight {
  west: number;
  south: number;
  east: number;
  north: number;
  px: Scale;
  py: Scale;
  /** Pixels. */
  width: number;
  height: number;
}

/** The frame that shows where most sales are: the middle two thirds in each direction. */
export function homeOf(points: MapPoint[], width: number, height: number): Frame {
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

/** The filter for a part of the map: the sides of a box, or the corners of a polygon. */
export const areaOf = (...degrees: number[]) => degrees.map((each) => each.toFixed(4)).join(',');

/** Corners of a polygon that the service takes. */
export const maxCorners = 50;

/** The corners of an area, as longitude and latitude. */
export function cornersOf(area: string): [number, number][] {
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
