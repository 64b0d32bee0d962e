/** The address alone determines what the page shows, so that a link shows everyone the same. Its parameters have the names of the API. */
import { type MouseEvent, useCallback, useMemo, useSyncExternalStore } from 'react';
import { queryString } from './api/client.ts';

export const INTERVALS = ['month', 'quarter', 'year'] as const;
export const GROUPS = ['none', 'region', 'type'] as const;
export const LEVELS = ['region', 'locality', 'postcode'] as const;
export const SORTS = ['sales', 'median', 'change'] as const;
export const ORDERS = ['desc', 'asc'] as const;
export const SPANS = ['main', 'all'] as const;
export const FIGURES = ['hidden', 'shown'] as const;

/** The initial number of rows of the areas table. */
export const ROWS = 20;
/** The maximum number of rows in one answer of the service. */
export const MAX_ROWS = 1000;

export type Interval = (typeof INTERVALS)[number];
export type Group = (typeof GROUPS)[number];
export type Level = (typeof LEVELS)[number];
export type Sort = (typeof SORTS)[number];

export interface View {
  /** undefined for the service's default market. */
  market: string | undefined;
  region: string[];
  locality: string[];
  postcode: string[];
  type: string[];
  interval: Interval;
  group_by: Group;
  /** The part of the trend that is drawn: the main part of the sales, or all of them. */
  span: (typeof SPANS)[number];
  /** Whether the trend's figures are shown as a table. */
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

/** No filter, and no setting that depends on one. */
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

/** Reads the view from the query of an address. Missing and invalid parameters have their defaults. */
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
    limit: Number.isInteger(rows) && rows >= 1 && rows <= MAX_ROWS ? rows : ROWS,
  };
}

/** Writes a view as the query of an address, without defaults. */
export function writeView(view: View): string {
  const changed = Object.entries(view).filter(([name, value]) => value !== DEFAULTS[name as keyof View]);
  return queryString(Object.fromEntries(changed));
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
  /** Changes a part of the view. Each change is one entry in the browser's history. */
  show(change: Partial<View>): void;
  /** The attributes of a link to a changed view. The link also works in a new tab. */
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
