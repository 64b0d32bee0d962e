/** One hook for each request of the page to the service. */
import type { Answer, Path, Query } from '@property-insights/api-types';
import {
  type InfiniteData,
  type QueryKey,
  type UseQueryOptions,
  useInfiniteQuery,
  useQueries,
  useQuery,
} from '@tanstack/react-query';
import { useState } from 'react';
import type { Address, Filters, Interval, Level } from '../address.ts';
import { addressOf, get, getImport, getLedger, getNotes, getPage, type ListPage } from './client.ts';
import type { Detail, Import, Revision } from './types.ts';

/** A dwelling to value: the parameters of `estimate`. */
export type Subject = Query<'/api/analytics/estimate'> & object;

/** Two periods to compare. */
export interface Periods {
  from?: string;
  to?: string;
  before_from?: string;
  before_to?: string;
}

/** What areas are ranked by. */
type Ranking = Pick<Address, 'level' | 'sort' | 'order'>;

type AreasAnswer = Answer<'/api/analytics/areas'>;

type QuestionPath = Path & `/api/analytics/${string}`;

/** A question of the page. A question that nothing on the page needs any more is cancelled, here and in the service. */
export interface Question<P extends QuestionPath = QuestionPath> {
  path: P;
  query: Query<P> & object;
}

function ask<P extends QuestionPath>(path: P, query: Query<P> & object): Question<P> {
  return { path, query };
}

export const addressOfQuestion = ({ path, query }: Question) => addressOf(path, query);

/** Keeps the previous figures on the page while a changed question is answered, but only figures of the same market. */
function fromSameMarket<T>(market: unknown) {
  return (previous: T | undefined, query: { queryKey: QueryKey } | undefined) =>
    query?.queryKey[1] === market ? previous : undefined;
}

const summaryPath = '/api/analytics/summary';

/** The question of the part of the page that the reader touched last. */
let inHand: QuestionPath = summaryPath;

export function takeInHand(path: QuestionPath): void {
  inHand = path;
}

/** The questions that others wait for, while they are asked, by path. */
const leading = new Map<QuestionPath, Promise<unknown>>();

/**
 * Asks a question. That of the chart under the reader's hand comes first, then the number of the chosen sales, then all others together: the service answers
 * in parallel, so that the first would otherwise wait for the slowest.
 */
function askInOrder<P extends QuestionPath>({ path, query }: Question<P>, signal: AbortSignal): Promise<Answer<P>> {
  const order: QuestionPath[] = inHand === summaryPath ? [inHand] : [inHand, summaryPath];
  const rank = order.indexOf(path);
  const earlier = rank < 0 ? order : order.slice(0, rank);
  const ask = async () => {
    if (earlier.length > 0) {
      // The parts of a view ask at the same time, in the order of their places.
      await new Promise((resolve) => setTimeout(resolve));
      await Promise.all(earlier.map((each) => leading.get(each)));
      signal.throwIfAborted();
    }
    return get(path, query, signal);
  };
  const answer = ask();
  if (rank >= 0) leading.set(path, Promise.allSettled([leading.get(path), answer]));
  return answer;
}

export function questionOptions<P extends QuestionPath>(question: Question<P>) {
  const { path, query } = question;
  const { market } = query as { market?: string };
  return {
    queryKey: [path, market, query],
    queryFn: ({ signal }: { signal: AbortSignal }) => askInOrder(question, signal),
    placeholderData: fromSameMarket<Answer<P>>(market),
  } satisfies UseQueryOptions<Answer<P>>;
}

export const useAnswer = <P extends QuestionPath>(question: Question<P>, enabled = true) =>
  useQuery({ ...questionOptions(question), enabled });

export const useMarkets = () =>
  useQuery({
    queryKey: ['/api/markets'],
    queryFn: ({ signal }) => get('/api/markets', {}, signal),
    // Every part of the page uses them, and some appear seconds after the page.
    staleTime: 30_000,
  });

interface PagesOptions<T> {
  queryKey: QueryKey;
  enabled?: boolean;
  /** Milliseconds until the pages are asked for again, by what they list now. */
  interval?: (items: T[]) => number | false;
}

/** A list of the service, page by page. */
export const usePages = <T>(address: string, { queryKey, enabled = true, interval }: PagesOptions<T>) =>
  useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => getPage<T>(pageParam, signal),
    initialPageParam: address,
    getNextPageParam: ({ next }) => next,
    select: itemsOf<T>,
    enabled,
    refetchInterval: ({ state: { data } }) => (data && interval ? interval(itemsOf(data)) : false),
  });

const itemsOf = <T>({ pages }: InfiniteData<ListPage<T>, string>): T[] => pages.flatMap(({ items }) => items);

/** The areas that are shown first, and those that each further step shows. */
export const areasOnPage = { first: 20, further: 50 };

/**
 * Areas ranked. They are asked for one step ahead of those that are shown: the service computes all areas for each answer, for a second where there are
 * 100,000 of them.
 */
export function useAreas(filters: Filters, ranking: Ranking) {
  const queryKey = ['/api/analytics/areas', filters.market, filters, ranking, 'pages'];
  const key = JSON.stringify(queryKey);
  const [steps, setSteps] = useState({ key, number: 0 });
  const number = steps.key === key ? steps.number : 0;
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const limit = areasOnPage.further + (pageParam === '' ? areasOnPage.first : 0);
      return askInOrder(questions.areas(filters, ranking, limit, pageParam || undefined), signal);
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    select: ({ pages }) => ({ ...(pages[0] as AreasAnswer), areas: pages.flatMap(({ areas }) => areas) }),
    placeholderData: fromSameMarket<InfiniteData<AreasAnswer, string>>(filters.market),
  });
  const shown = areasOnPage.first + number * areasOnPage.further;
  const known = list.data?.areas.length ?? 0;
  const isWaiting = list.hasNextPage && known < shown;
  return {
    ...list,
    data: list.data && { ...list.data, areas: list.data.areas.slice(0, shown) },
    error: isWaiting || !list.data ? list.error : null,
    hasNextPage: list.hasNextPage || known > shown,
    isFetchingNextPage: list.isFetchingNextPage && isWaiting,
    fetchNextPage() {
      // After a failure, the same step is tried again.
      if (!isWaiting) setSteps({ key, number: number + 1 });
      if (list.hasNextPage && !list.isFetchingNextPage) list.fetchNextPage();
    },
  };
}

/** The revisions of a market, the latest first. */
export const useRevisions = (market: string | undefined) =>
  usePages<Revision>(addressOf('/api/revisions', { market, limit: 20 }), {
    queryKey: ['/api/revisions', market],
    enabled: market !== undefined,
  });

/** How imports ended. What has ended does not change. */
export const useImports = (ids: string[]) =>
  useQueries({
    queries: ids.map((id) => ({
      queryKey: ['/api/imports/{id}', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => getImport(id, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.id, data]] : []))),
  });

/** An import, followed until it has ended. */
export const useImport = (id: string | undefined) =>
  useQuery({
    queryKey: ['/api/imports/{id}', id, 'followed'],
    queryFn: ({ signal }) => getImport(id as string, signal),
    enabled: id !== undefined,
    refetchInterval: ({ state: { data } }) => (data && isEnded(data) ? false : 500),
  });

export const isEnded = ({ state }: Import): boolean => state !== 'received' && state !== 'running';

/** Where every row of a market went. */
export const useLedger = (market: string | undefined) =>
  useQuery({
    queryKey: ['/api/markets/{code}/ledger', market],
    queryFn: ({ signal }) => getLedger(market as string, signal),
    enabled: market !== undefined,
  });

/** The dated sentences that charts of a market show. */
export const useNotes = (market: string | undefined, as_of: number | undefined) =>
  useQuery({
    queryKey: ['/api/markets/{code}/notes', market, as_of],
    queryFn: ({ signal }) => getNotes(market as string, as_of, signal),
    enabled: market !== undefined,
    staleTime: 60_000,
  });

/** The questions of the views. Each view and its parts ask them by these functions, so that one question has one key. */
export const questions = {
  summary: (filters: Filters) => ask('/api/analytics/summary', filters),
  trend: (filters: Filters, interval: Interval, group_by: 'none' | 'type') =>
    ask('/api/analytics/trend', { ...filters, interval, group_by, period: 'all' }),
  compare: (filters: Filters, interval: Interval, level: Level, area: string[]) =>
    ask('/api/analytics/trend', { ...filters, interval, group_by: 'area', level, area }),
  areas: (filters: Filters, { level, sort, order }: Ranking, limit: number, cursor?: string) =>
    ask('/api/analytics/areas', { ...filters, level, sort: sort ?? 'sales', order, limit, cursor }),
  distribution: (filters: Filters, scale: 'log' | 'linear') =>
    ask('/api/analytics/distribution', { ...filters, of: 'price', scale, bins: 80 }),
  /** @param details the attributes that the market's sales state, beside price and areas */
  histograms: (filters: Filters, cells: 'land_area' | 'floor_area', details: Detail[]) =>
    ask('/api/analytics/histograms', { ...filters, cells, ...(details.length > 0 && { details }) }),
  /**
   * By all methods, from the covered period on, with what is still arriving.
   * @param quality takes many times as long
   */
  priceIndex: (
    filters: Filters,
    from: string | undefined,
    interval: Interval,
    base: string | undefined,
    quality: boolean,
  ) =>
    ask('/api/analytics/price-index', {
      sold_from: from,
      ...filters,
      interval,
      base,
      all_methods: true,
      quality,
      period: 'all',
    }),
  /** The pairs behind a value of an index that `priceIndex` answers. */
  indexPairs: (filters: Filters, interval: Interval, day: string) =>
    ask('/api/analytics/index-pairs', { ...filters, interval, in: day, period: 'all', limit: 200 }),
  indexRevisions: (filters: Filters, interval: Interval) =>
    ask('/api/analytics/index-revisions', { ...filters, interval }),
  /** Areas whose median changed between two periods; without them, between the last twelve months and the twelve before. */
  changes: ({ sold_from: _, sold_to: __, ...filters }: Filters, periods: Periods) =>
    ask('/api/analytics/changes', { ...filters, ...periods, limit: 500 }),
  facets: (filters: Filters) => ask('/api/analytics/facets', { ...filters, limit: 100 }),
  sales: (
    filters: Filters,
    sort: NonNullable<Address['list']>,
    order: NonNullable<Address['direction']>,
    skip: number,
    limit: number,
  ) => ask('/api/analytics/sales', { ...filters, sort, order, skip, limit }),
  places: (market: string | undefined, q: string) => ask('/api/analytics/places', { market, q, limit: 8 }),
  estimate: (subject: Subject) => ask('/api/analytics/estimate', subject),
  quality: (filters: Filters) => ask('/api/analytics/quality', filters),
  property: (market: string | undefined, id: number) => ask('/api/analytics/property', { market, id }),
  map: (filters: Filters, of: Level | 'sales') =>
    ask('/api/analytics/map', { ...filters, bbox: '-180,-90,180,90', zoom: 14, of }),
};
