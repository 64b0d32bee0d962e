/** The covered period of a market, and what is compared within it. */
import { levelPeriod } from '@property-insights/charts';
import { useQuery } from '@tanstack/react-query';
import { type Filters, type Level, levels } from '../address.ts';
import { isTransient } from '../api/client.ts';
import { questionOptions, questions } from '../api/queries.ts';
import type { Facets } from '../api/types.ts';
import { usePage } from '../use-page.ts';

export type Covered = Facets['covered'];

/** The covered period of the market of the address; undefined until it is known. */
export function useCovered(): Covered | undefined {
  return useMarketFacets().data?.covered;
}

/** The values and the covered period of the whole market. The whole view rests on them, so they are asked again until they are there. */
export function useMarketFacets() {
  const { address, market } = usePage();
  return useQuery({
    ...questionOptions(questions.facets({ market: address.market, as_of: address.as_of })),
    enabled: market !== undefined,
    refetchInterval: ({ state: { error } }) => (error && isTransient(error) ? 5_000 : false),
  });
}

/** The levels of places that some sales of the market state; all until they are known. */
export function useStatedLevels(): Level[] {
  const { data } = useMarketFacets();
  const isStated = (level: 'region' | 'locality' | 'postcode') =>
    data?.[level].values.some(({ value }) => value !== null) ?? true;
  return levels.filter((level) => isStated(level === 'postcode_prefix' ? 'postcode' : level));
}

/** The filters with the period of the level figures: the last twelve covered months, unless the address has a period. */
export function withLevelPeriod(filters: Filters, covered: Covered | undefined): Filters {
  const period = covered && levelPeriod(covered);
  if (!period || filters.sold_from !== undefined || filters.sold_to !== undefined) return filters;
  return { ...filters, sold_from: period.from, sold_to: period.to };
}
