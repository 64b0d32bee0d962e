/** The views, as the navigation, the palette and the shortcuts list them. */
import { useLingui } from '@lingui/react/macro';

export function useViews() {
  const { t } = useLingui();
  return [
    { path: '/', title: t`Overview`, icon: 'M3 16V7m5 9V4m5 12v-6m5 6V8' },
    { path: '/app/explore', title: t`Explore`, icon: 'M3 4h14l-5.5 6.5V16l-3 1.5v-7z' },
    { path: '/app/areas', title: t`Areas`, icon: 'M3 5h14M3 10h10M3 15h6' },
    { path: '/app/index', title: t`Price index`, icon: 'M3 14l4-4 3 2 7-7' },
    { path: '/app/comparables', title: t`Comparables`, icon: 'M3 9l7-5 7 5v7H3zM8 16v-4h4v4' },
    { path: '/app/data', title: t`Data`, icon: 'M10 12V3m0 0L6 7m4-4l4 4M3 13v4h14v-4' },
    { path: '/app/reports', title: t`Reports`, icon: 'M5 2h7l4 4v12H5zM12 2v4h4M8 10h5M8 14h5' },
  ] as const;
}
