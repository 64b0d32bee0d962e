/** The attributes that only some registers state, each a filter where a market has it. */
import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import type { Detail } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useMarketFacets } from './covered.ts';

/** Those with a range. `new_build` is yes or no. */
export const ranged = ['storey', 'year_built', 'lease_start', 'lease_remaining', 'grade'] as const;
export type Ranged = (typeof ranged)[number];

export const isRanged = (name: string): name is Ranged => (ranged as readonly string[]).includes(name);

/** The filters on one of them. */
export const endsOf = (name: Ranged): { from: `${Ranged}_min`; to: `${Ranged}_max` } => ({
  from: `${name}_min`,
  to: `${name}_max`,
});

/** Years are whole. Other values may be between two whole ones, of which the lower one is written. */
export const isYear = (name: Ranged): boolean => name === 'year_built' || name === 'lease_start';

/** The attributes that some sales of the market state; none until it is known. */
export function useStatedDetails(): Detail[] {
  const { data } = useMarketFacets();
  return useMemo(() => {
    const stated: Partial<Record<Detail, number>> = data?.stated ?? {};
    return [...ranged, 'new_build' as const].filter((name) => (stated[name] ?? 0) > 0);
  }, [data]);
}

/** The name of an attribute, and how its values are written: years without separators. */
export function useDetails(): Record<Ranged, { name: string; write(value: number): string }> {
  const { t } = useLingui();
  const { format } = usePage();
  const whole = (value: number) => format.count(Math.floor(value));
  return {
    storey: { name: t`Storey`, write: whole },
    year_built: { name: t`Year built`, write: String },
    lease_start: { name: t`Lease from`, write: String },
    lease_remaining: { name: t`Lease left, years`, write: whole },
    grade: { name: t`Grade`, write: whole },
  };
}
