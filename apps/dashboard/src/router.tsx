/** The views by their paths. The service returns this page for `/` and all paths below `/app/`. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { readAddress, writeQuery } from './address.ts';
import { NoSuchView } from './shell/no-such-view.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({
  validateSearch: (search: Record<string, unknown>) => readAddress(writeQuery(search)),
  component: Shell,
  notFoundComponent: NoSuchView,
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview.tsx'), 'Overview'),
});
const explore = createRoute({
  getParentRoute: () => root,
  path: '/app/explore',
  component: lazyRouteComponent(() => import('./explore/explore.tsx'), 'Explore'),
});
const areas = createRoute({
  getParentRoute: () => root,
  path: '/app/areas',
  component: lazyRouteComponent(() => import('./areas/areas.tsx'), 'Areas'),
});
const priceIndex = createRoute({
  getParentRoute: () => root,
  path: '/app/index',
  component: lazyRouteComponent(() => import('./index/price-index.tsx'), 'PriceIndexView'),
});
const comparables = createRoute({
  getParentRoute: () => root,
  path: '/app/comparables',
  component: lazyRouteComponent(() => import('./comparables/comparables.tsx'), 'Comparables'),
});
const property = createRoute({
  getParentRoute: () => root,
  path: '/app/property',
  component: lazyRouteComponent(() => import('./property/property.tsx'), 'PropertyView'),
});
const data = createRoute({
  getParentRoute: () => root,
  path: '/app/data',
  component: lazyRouteComponent(() => import('./data/data.tsx'), 'Data'),
});
const reports = createRoute({
  getParentRoute: () => root,
  path: '/app/reports',
  component: lazyRouteComponent(() => import('./reports/reports.tsx'), 'Reports'),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/app/settings',
  component: lazyRouteComponent(() => import('./settings/settings.tsx'), 'Settings'),
});

export const router = createRouter({
  routeTree: root.addChildren([overview, explore, areas, priceIndex, comparables, property, data, reports, settings]),
  parseSearch: (query) => readAddress(query) as Record<string, unknown>,
  stringifySearch: (search) => {
    const query = writeQuery(search);
    return query ? `?${query}` : '';
  },
  scrollRestoration: true,
  defaultPreload: 'intent',
  // The queries decide themselves whether an answer is fresh.
  defaultPreloadStaleTime: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
