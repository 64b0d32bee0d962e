/** What the page shows is told by its address alone, so that a link shows another person the same. The names are the API's own. */
import { type MouseEvent, useCallback, useMemo, useSyncExternalStore } from 'react';
import { queryString } from './api/client.ts';

export const INTERVALS = ['month', 'quarter', 'year'] as const;
export const GROUPS = ['none', 'region', 'type'] as const;
export const LEVELS = ['region', 'locality', 'postcode'] as const;
export const SORTS = ['sales', 'median', 'change'] as const;
export const ORDERS = ['desc', 'asc'] as const;
export const SPANS = ['main', 'all'] as const;
export const FIGURES = ['hidden', 'shown'] as const;

/** Rows of the areas table at first, and how many more each time they are asked for. */
export const ROWS = 20;
/** The most rows the service gives in one answer. */
export const ROWS_MOST = 1000;

export type Interval = (typeof INTERVALS)[number];
export type Group = (typeof GROUPS)[number];
export type Level = (typeof LEVELS)[number];
export type Sort = (typeof SORTS)[number];

export interface View {
  /** undefined: the service's default market. */
  market: string | undefined;
  region: string[];
  locality: string[];
  postcode: string[];
  type: string[];
  interval: Interval;
  group_by: Group;
  /** How much of the trend is drawn: the main part of the sales, or back to the very first. */
  span: (typeof SPANS)[number];
  /** The trend's figures as a table. */
  figures: (typeof FIGURES)[number];
  level: Level;
  sort: Sort;
  order: (typeof ORDERS)[number];
  limit: number;
}

const DEFAULTS: View = {
  market: undefined,
  region: [],
  locality: [],
  postcode: [],
  type: [],
  interval: 'month',
  group_by: 'none',
  span: 'main',
  figures: 'hidden',
  level: 'locality',
  sort: 'sales',
  order: 'desc',
  limit: ROWS,
};

/** No filter, and nothing that only made sense with one. */
export const UNFILTERED: Partial<View> = {
  region: [],
  locality: [],
  postcode: [],
  type: [],
  span: DEFAULTS.span,
  limit: DEFAULTS.limit,
};

export const isFiltered = ({ region, locality, postcode, type }: View): boolean =>
  [region, locality, postcode, type].some((values) => values.length > 0);

/** Reads the view from an address's query; what it doesn't say, or says wrongly, is the default. */
export function readView(search: string): View {
  const query = new URLSearchParams(search);
  const oneOf = <T extends string>(name: string, values: readonly T[], otherwise: T): T =>
    values.find((value) => value === query.get(name)) ?? otherwise;
  const rows = Number(query.get('limit'));
  return {
    market: query.get('market') ?? undefined,
    region: query.getAll('region'),
    locality: query.getAll('locality'),
    postcode: query.getAll('postcode'),
    type: query.getAll('type'),
    interval: oneOf('interval', INTERVALS, DEFAULTS.interval),
    group_by: oneOf('group_by', GROUPS, DEFAULTS.group_by),
    span: oneOf('span', SPANS, DEFAULTS.span),
    figures: oneOf('figures', FIGURES, DEFAULTS.figures),
    level: oneOf('level', LEVELS, DEFAULTS.level),
    sort: oneOf('sort', SORTS, DEFAULTS.sort),
    order: oneOf('order', ORDERS, DEFAULTS.order),
    limit: Number.isInteger(rows) && rows >= 1 && rows <= ROWS_MOST ? rows : ROWS,
  };
}

/** Writes a view as an address's query, without what is the default anyway. */
export function writeView(view: View): string {
  const said = Object.entries(view).filter(([name, value]) => value !== DEFAULTS[name as keyof View]);
  return queryString(Object.fromEntries(said));
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

const search = () => window.location.search;

export interface ViewHandle {
  view: View;
  /** Changes some of the view; each change is one step of the browser's history. */
  show(change: Partial<View>): void;
  /** Attributes of a real link to a changed view, which also opens in a new tab. */
  link(change: Partial<View>): { href: string; onClick(event: MouseEvent): void };
}

export function useView(): ViewHandle {
  const query = useSyncExternalStore(subscribe, search);
  const view = useMemo(() => readView(query), [query]);
  const show = useCallback(
    (change: Partial<View>) => {
      window.history.pushState(null, '', `${window.location.pathname}${writeView({ ...view, ...change })}`);
      for (const listener of listeners) listener();
    },
    [view],
  );
  const link = useCallback(
    (change: Partial<View>) => ({
      href: `${window.location.pathname}${writeView({ ...view, ...change })}`,
      onClick(event: MouseEvent) {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        show(change);
      },
    }),
    [view, show],
  );
  return useMemo(() => ({ view, show, link }), [view, show, link]);
}
