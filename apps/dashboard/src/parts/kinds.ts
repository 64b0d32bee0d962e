/** Kinds of dwelling: their colours, which are the same everywhere, and their names. */
import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import { questions, useAnswer } from '../api/queries.ts';
import { usePage } from '../use-page.ts';

/** The index of the colour of well-known kinds. */
const known: Record<string, number> = {
  house: 0,
  detached: 0,
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

interface KindName {
  /** Several, at the start of a sentence or alone: `Houses`. */
  many: string;
  /** Several, within a sentence: `houses`. */
  within: string;
  /** One, within a sentence: `house`. */
  one: string;
}

/** The names of types of dwelling. A type that is not well known is called as its register calls it. */
export function useKindNames(): (type: string | null) => KindName {
  const { t } = useLingui();
  return useMemo(() => {
    const names: Record<string, KindName> = {
      House: { many: t`Houses`, within: t`houses`, one: t`house` },
      Detached: { many: t`Detached houses`, within: t`detached houses`, one: t`detached house` },
      'Semi-detached': { many: t`Semi-detached houses`, within: t`semi-detached houses`, one: t`semi-detached house` },
      Terraced: { many: t`Terraced houses`, within: t`terraced houses`, one: t`terraced house` },
      Townhouse: { many: t`Townhouses`, within: t`townhouses`, one: t`townhouse` },
      Unit: { many: t`Units`, within: t`units`, one: t`unit` },
      Flat: { many: t`Flats`, within: t`flats`, one: t`flat` },
      Apartment: { many: t`Apartments`, within: t`apartments`, one: t`apartment` },
      Land: { many: t({ message: 'Land', context: 'type of property' }), within: t`land`, one: t`land` },
      Commercial: { many: t`Commercial`, within: t`commercial properties`, one: t`commercial property` },
      Farm: { many: t`Farms`, within: t`farms`, one: t`farm` },
      Industrial: { many: t`Industrial`, within: t`industrial properties`, one: t`industrial property` },
      Parking: { many: t`Parking`, within: t`parking spaces`, one: t`parking space` },
      Other: { many: t`Others`, within: t`others`, one: t`other property` },
    };
    const notStated = t`not stated`;
    return (type) => {
      const name = type ?? notStated;
      return names[name] ?? { many: name, within: name, one: name };
    };
  }, [t]);
}

export const colourOfKind = (kind: number | undefined) => (kind === undefined ? 'var(--flat)' : `var(--kind-${kind})`);
