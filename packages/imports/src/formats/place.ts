/** Reads one place, for the formats of gazetteers. */
import { type Place, ValueError } from './format.ts';
import { fingerprint } from './values.ts';

/** The values of a gazetteer for a place, as text. Places with the same name and postcode differ at most in the region. */
export interface StatedPlace {
  name: string;
  region: string;
  postcode: string;
  latitude: string;
  longitude: string;
}

/** @throws ValueError */
export function readPlace({ name, region, postcode, latitude, longitude }: StatedPlace): Place {
  if (!postcode) throw new ValueError('postcode missing', 'the postcode is missing');
  if (!latitude || !longitude) throw new ValueError('coordinates missing', 'latitude and longitude must both be given');
  const place = { latitude: degrees(latitude, 'latitude', 90), longitude: degrees(longitude, 'longitude', 180) };
  if (place.latitude === 0 && place.longitude === 0) {
    throw new ValueError(
      'coordinates missing',
      'latitude and longitude are both 0, which stands for missing coordinates',
    );
  }
  const key = [region, postcode, name].join(';');
  return {
    key,
    fingerprint: fingerprint(`place\x1f${key}\x1f${place.latitude}\x1f${place.longitude}`),
    name: name || null,
    region: region || null,
    postcode,
    ...place,
  };
}

function degrees(text: string, what: string, most: number): number {
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(value) <= most) return value;
  throw new ValueError(`bad ${what}`, `${what} "${text}" is not a number of degrees from -${most} to ${most}`);
}
