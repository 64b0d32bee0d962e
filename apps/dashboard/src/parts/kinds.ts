/** Kinds of dwelling: their colours, which are the same everywhere, and their names in a sentence. */
import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import { questions, useAnswer } from '../api/queries.ts';
import { usePage } from '../use-page.ts';

/** The index of the colour of well-known kinds. */
const known: Record<string, number> = {
  house: 0,
  unit: 1,
  flat: 1,
  apartment: 1,
  land: 2,
  commercial: 3,
  farm: 4,
  parking: 5,
  industrial: 6,
};
const colours = 7;

/** The colour of each type of the market, as an index. Types that are not well known take the free ones in the order of their sales. */
export function useKinds(): (type: string | null) => number | undefined {
  const { address, market } = usePage();
  const { data } = useAnswer(questions.facets({ market: address.market, as_of: address.as_of }), market !== undefined);
  return useMemo(() => {
    const types = data?.type.values.map(({ value }) => value).filter((value) => value !== null) ?? [];
    const kinds = new Map<string, number>();
    for (const type of types) {
      const kind = known[type.toLowerCase()];
      if (kind !== undefined) kinds.set(type, kind);
    }
    const taken = new Set(kinds.values());
    const free = Array.from({ length: colours }, (_, i) => i).filter((i) => !taken.has(i));
    for (const type of types) {
      const next = kinds.has(type) || type.toLowerCase() === 'other' ? undefined : free.shift();
      if (next !== undefined) kinds.set(type, next);
    }
    return (type) => (type === null ? undefined : kinds.get(type));
  }, [data]);
}

/** The name of several dwellings of a type: `Houses`. */
export function useKindNames(): (type: string) => string {
  const { t } = useLingui();
  return useMemo(() => {
    const names: Record<string, string> = {
      House: t`Houses`,
      Unit: t`Units`,
      Flat: t`Flats`,
      Apartment: t`Apartments`,
      Land: t`Land`,
      Commercial: t`Commercial`,
      Farm: t`Farms`,
      Industrial: t`Industrial`,
      Parking: t`Parking`,
      Other: t`Others`,
    };
    return (type) => names[type] ?? type;
  }, [t]);
}

export const colourOfKind = (kind: number | undefined) => (kind === undefined ? 'var(--flat)' : `var(--kind-${kind})`);
