/** The dwelling that is valued: in the address as a query, and on the page as a sentence. */
import { useLingui } from '@lingui/react/macro';
import type { Subject } from '../api/queries.ts';
import type { Estimate } from '../api/types.ts';
import { useMemberNames } from '../parts/details.ts';
import { useKindNames } from '../parts/kinds.ts';
import { usePage } from '../use-page.ts';

/** The measures by which a dwelling is described. */
export const measures = [
  'floor_area',
  'land_area',
  'bedrooms',
  'bathrooms',
  'car_spaces',
  'storey',
  'year_built',
  'lease_start',
  'lease_remaining',
  'grade',
  'year_renovated',
  'condition',
] as const;

/** Reads `id=5` or `type=House&locality=Epping&bedrooms=3`. The service checks the parameters. */
export const readSubject = (text: string): Subject => Object.fromEntries(new URLSearchParams(text)) as Subject;

/** The ids of an address with one more; undefined for none. */
export const withId = (ids: number[] | undefined, id: number): number[] => [...new Set([...(ids ?? []), id])];

/** The ids of an address without one; undefined for none. */
export function withoutId(ids: number[] | undefined, id: number): number[] | undefined {
  const others = ids?.filter((each) => each !== id);
  return others?.length ? others : undefined;
}

/** `A house of 144 m² on 377 m² with 3 bedrooms at 1 Green St`. */
export function useSubjectSentence(): (estimate: Estimate) => string {
  const { t } = useLingui();
  const { format } = usePage();
  const kindName = useKindNames();
  return ({ subject }) => {
    const { address, locality, postcode, latitude, longitude } = subject;
    const place = [locality, postcode].filter(Boolean).join(' ');
    const where =
      address ?? (place || (latitude !== null && `${latitude.toFixed(4)}°, ${longitude?.toFixed(4) ?? '–'}°`));
    const floor = subject.floor_area === null ? undefined : format.area(subject.floor_area);
    const land = subject.land_area === null ? undefined : format.area(subject.land_area);
    return [
      subject.type === null ? t`A property` : t`A ${kindName(subject.type).one}`,
      floor && t`of ${floor}`,
      land && t`on ${land} of land`,
      subject.bedrooms !== null && t`with ${format.count(subject.bedrooms)} bedrooms`,
      where && (address ? t`at ${where}` : t`in ${where}`),
    ]
      .filter(Boolean)
      .join(' ');
  };
}

/** The names of the steps from a comparable's price to the estimate. */
export function useStepNames(): (name: string) => string {
  const { t } = useLingui();
  const names: Record<string, string> = { ...useMemberNames(), time: t`Time`, resale: t`Resale`, place: t`Place` };
  return (name) => names[name] ?? name;
}
