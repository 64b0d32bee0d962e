import { Outlet, useRouter, useRouterState, useSearch } from '@tanstack/react-router';
import { Activity, type ReactNode, Suspense, useState } from 'react';
import type { Address } from '../address.ts';
import { Panel } from '../parts/panels.tsx';
import classes from './shell.module.css';

interface OpenedView {
  route: string;
  /** What it was last rendered for. */
  address: Address;
  element: ReactNode;
}

/**
 * The view of the address, and those that were opened before. These stay mounted, hidden and without effects, and are rendered again only for another
 * address: a switch back takes a tenth of drawing a view.
 */
export function OpenedViews() {
  const { routesById } = useRouter();
  const address = useSearch({ from: '__root__' });
  const route = useRouterState({ select: ({ matches }) => matches.at(-1)?.routeId });
  const [opened, setOpened] = useState<OpenedView[]>([]);
  const View = route && route !== '__root__' && routesById[route].options.component;
  if (View && opened.find((each) => each.route === route)?.address !== address) {
    const view = { route, address, element: <View /> };
    const isNew = opened.every((each) => each.route !== route);
    setOpened(isNew ? [...opened, view] : opened.map((each) => (each.route === route ? view : each)));
  }
  return (
    <>
      {!View && <Outlet />}
      {opened.map((each) => (
        <Activity key={each.route} mode={each.route === route ? 'visible' : 'hidden'}>
          <div className={classes.view}>
            <Panel>
              <Suspense>{each.element}</Suspense>
            </Panel>
          </div>
        </Activity>
      ))}
    </>
  );
}
