/** The page's questions to the service, one hook each. */
import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { View } from '../view.ts';
import { get, type Parameters } from './client.ts';
import type { Areas, Market, Summary, Trend } from './types.ts';

/** The filters that every question takes; without one that lets everything through, so that the same question has one name. */
function filters({ market, ...view }: View): Parameters {
  const set = (['region', 'locality', 'postcode', 'type'] as const).filter((name) => view[name].length > 0);
  return { market, ...Object.fromEntries(set.map((name) => [name, view[name]])) };
}

/** While a change of filter is answered, the old figures stay, but never another market's. */
function fromSameMarket<T>(market: unknown) {
  return (previous: T | undefined, query: { queryKey: QueryKey } | undefined) =>
    query?.queryKey[1] === market ? previous : undefined;
}

function question<T>(name: 'summary' | 'trend' | 'areas', parameters: Parameters) {
  return {
    queryKey: [name, parameters.market, parameters],
    queryFn: ({ signal }: { signal: AbortSignal }) => get<T>(`/api/analytics/${name}`, parameters, signal),
    placeholderData: fromSameMarket<T>(parameters.market),
  };
}

export const useMarkets = () =>
  useQuery({
    queryKey: ['markets'],
    queryFn: ({ signal }) => get<Market[]>('/api/markets', {}, signal),
  });

export const useSummary = (view: View) => useQuery(question<Summary>('summary', filters(view)));

/** The regions and types that the market has, whatever is filtered: what there is to choose from. */
export function useChoices({ market }: View): Record<'region' | 'type', string[]> {
  const whole = useQuery(question<Summary>('summary', { market }));
  const byType = useQuery(question<Trend>('trend', { market, interval: 'year', group_by: 'type' }));
  return {
    region: Object.keys(whole.data?.properties_by_region ?? {}),
    type: [...new Set(byType.data?.periods.flatMap(({ group }) => (group === null ? [] : [group])))],
  };
}

export const useTrend = (view: View) =>
  useQuery(question<Trend>('trend', { ...filters(view), interval: view.interval, group_by: view.group_by }));

export const useAreas = (view: View) =>
  useQuery(
    question<Areas>('areas', {
      ...filters(view),
      level: view.level,
      sort: view.sort,
      order: view.order,
      limit: view.limit,
    }),
  );
