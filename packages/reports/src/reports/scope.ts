/** What a report is limited to, in words. */
import type { Filters } from '@property-insights/analytics';
import { capital } from '../blocks.ts';

/** `Parramatta and Mosman, house`; undefined for a whole market. */
export function filtersInWords({ locality, postcode, region, type }: Filters): string | undefined {
  const places = [locality, postcode, region].flatMap((names) => (names?.length ? names.map(capital).join(', ') : []));
  const parts = [...places, ...(type?.length ? [type.join(', ')] : [])];
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
