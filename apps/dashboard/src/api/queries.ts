/** One hook for each request of the page to the service. */
import type { Answer, Path, Query } from '@property-insights/api-types';
import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { View } from '../view.ts';
import { get, type Parameters } from './client.ts';

/** The filters of a view. A filter without values is undefined, so that equal questions have equal query keys. */
function filters({ market, region, locality, postcode, type }: View) {
  const values = (list: string[]) => (list.length > 0 ? list : undefined);
  return {
    market,
    region: values(region),
    locality: values(locality),
    postcode: values(postcode),
    type: values(type),
  };
}

/** Keeps the previous figures on the page while a changed question is answered, but only figures of the same market. */
function fromSameMarket<T>(market: unknown) {
  return (previous: T | undefined, query: { queryKey: QueryKey } | undefined) =>
    query?.queryKey[1] === market ? previous : undefined;
}

function question<P extends Path & `/api/analytics/${string}`>(path: P, query: Query<P> & Parameters) {
  return {
    queryKey: [path, query.market, query],
    queryFn: ({ signal }: { signal: AbortSignal }) => get(path, query, signal),
    placeholderData: fromSameMarket<Answer<P>>(query.market),
  };
}

export const useMarkets = () =>
  useQuery({
    queryKey: ['/api/markets'],
    queryFn: ({ signal }) => get('/api/markets', {}, signal),
  });

export const useSummary = (view: View) => useQuery(question('/api/analytics/summary', filters(view)));

/** The regions and dwelling types of the whole market, for the filters to offer. */
export function useChoices({ market }: View): Record<'region' | 'type', string[]> {
  const whole = useQuery(question('/api/analytics/summary', { market }));
  const byType = useQuery(question('/api/analytics/trend', { market, interval: 'year', group_by: 'type' }));
  return {
    region: Object.keys(whole.data?.properties_by_region ?? {}),
    type: [...new Set(byType.data?.periods.flatMap(({ group }) => (group === null ? [] : [group])))],
  };
}

export const useTrend = (view: View) =>
  useQuery(question('/api/analytics/trend', { ...filters(view), interval: view.interval, group_by: view.group_by }));

export const useAreas = (view: View) =>
  useQuery(
    question('/api/analytics/areas', {
      ...filters(view),
      level: view.level,
      sort: view.sort,
      order: view.order,
      limit: view.limit,
    }),
  );
