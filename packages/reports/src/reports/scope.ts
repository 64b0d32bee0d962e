/** What a report is limited to, in words. */
import type { Filters } from '@property-insights/analytics';
import { typeName } from '../attributes.ts';
import { capital } from '../blocks.ts';
import type { Words } from '../words/index.ts';

/** `Parramatta, Mosman · House`; undefined for a whole market. */
export function filtersInWords({ locality, postcode, region, type }: Filters, words: Words): string | undefined {
  const places = [locality, postcode, region].flatMap((names) => (names?.length ? names.map(capital).join(', ') : []));
  const parts = [...places, ...(type?.length ? [type.map((each) => typeName(each, words)).join(', ')] : [])];
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
