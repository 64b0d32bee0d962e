/** The attributes that only some registers state, each a filter where a market has it. */
import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import type { Detail, SaleMember } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useMarketFacets } from './covered.ts';

/** Those with a range, with the lowest value of each: storeys below the ground are negative. */
const lowest = {
  storey: -20,
  year_built: 0,
  lease_start: 0,
  lease_remaining: 0,
  grade: 0,
  year_renovated: 0,
  condition: 0,
} as const;
export type Ranged = keyof typeof lowest;
export const ranged = Object.keys(lowest) as Ranged[];
/** Those that are 1 for yes or 0 for no. */
export const flags = ['new_build', 'waterfront'] as const;
/** Those that are a text in the words of the source. */
export const categories = ['tenure', 'flat_model', 'zoning'] as const;
export type Flag = (typeof flags)[number];
export type Category = (typeof categories)[number];

export const isRanged = (name: string): name is Ranged => Object.hasOwn(lowest, name);
export const isFlag = (name: string): name is Flag => (flags as readonly string[]).includes(name);
export const isCategory = (name: string): name is Category => (categories as readonly string[]).includes(name);

/** The filters on one of them, and the lowest value that they take. */
export const endsOf = (name: Ranged): { from: `${Ranged}_min`; to: `${Ranged}_max`; minimum: number } => ({
  from: `${name}_min`,
  to: `${name}_max`,
  minimum: lowest[name],
});

/** Years are whole. Other values may be between two whole ones, of which the lower one is written. */
export const isYear = (name: Ranged): boolean => ['year_built', 'lease_start', 'year_renovated'].includes(name);

/** The attributes that some sales of the market state; none until it is known. */
export function useStatedDetails(): Detail[] {
  const { data } = useMarketFacets();
  return useMemo(() => {
    const stated: Partial<Record<Detail, number>> = data?.stated ?? {};
    return [...ranged, ...flags].filter((name) => (stated[name] ?? 0) > 0);
  }, [data]);
}

/** The categories that some sales of the market state. */
export function useStatedCategories(): Category[] {
  const { data } = useMarketFacets();
  return categories.filter((name) => (data?.stated[name] ?? 0) > 0);
}

export function useCategoryNames(): Record<Category, string> {
  const { t } = useLingui();
  return { tenure: t`Tenure`, flat_model: t`Flat model`, zoning: t`Zoning` };
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
    year_renovated: { name: t`Renovated`, write: String },
    condition: { name: t`Condition`, write: whole },
  };
}

interface FlagTexts {
  name: string;
  /** Names of the choices in a list. */
  yes: string;
  no: string;
  /** The same within a sentence. */
  only: string;
  none: string;
}

export function useFlags(): Record<Flag, FlagTexts> {
  const { t } = useLingui();
  return {
    new_build: {
      name: t`New build`,
      yes: t`New builds`,
      no: t`Other sales`,
      only: t`new builds only`,
      none: t`no new builds`,
    },
    waterfront: {
      name: t`Waterfront`,
      yes: t`On a waterfront`,
      no: t`Elsewhere`,
      only: t`on a waterfront only`,
      none: t`not on a waterfront`,
    },
  };
}

/** The names of members of a sale. */
export function useMemberNames(): Record<SaleMember, string> {
  const { t } = useLingui();
  return {
    contract_date: t`Signed`,
    settlement_date: t`Settled`,
    type: t`Type`,
    street: t`Street`,
    locality: t`Locality`,
    region: t`Region`,
    postcode: t`Postcode`,
    floor_area: t`Floor`,
    land_area: t`Land`,
    bedrooms: t`Bedrooms`,
    bathrooms: t`Bathrooms`,
    car_spaces: t`Car spaces`,
    storey: t`Storey`,
    year_built: t`Year built`,
    lease_start: t`Lease from`,
    lease_remaining: t`Lease left`,
    grade: t`Grade`,
    new_build: t`New build`,
    year_renovated: t`Renovated`,
    condition: t`Condition`,
    waterfront: t`Waterfront`,
    tenure: t`Tenure`,
    flat_model: t`Flat model`,
    zoning: t`Zoning`,
    latitude: t`Latitude`,
    longitude: t`Longitude`,
  };
}
