import { ActionIcon, NativeSelect, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useEffect } from 'react';
import { useMarkets } from './api/queries.ts';
import classes from './app.module.css';
import { Overview } from './overview/overview.tsx';
import { Empty } from './states.tsx';
import { UNFILTERED, useView } from './view.ts';

/** The views by their paths. The service returns this page for `/` and all paths below `/app/`. */
const VIEWS = [{ path: '/', title: 'Overview', view: Overview }] as const;

export function App() {
  const current = VIEWS.find(({ path }) => path === window.location.pathname);
  return (
    <>
      <a className={classes.skip} href="#main">
        Skip to the figures
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <a className={classes.brand} href="/">
            Property Insights
          </a>
          <nav aria-label="Views" className={classes.views}>
            {VIEWS.map(({ path, title }) => (
              <a key={path} href={path} aria-current={path === current?.path ? 'page' : undefined}>
                {title}
              </a>
            ))}
          </nav>
          <div className={classes.controls}>
            <MarketSelector />
            <ColourScheme />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>
        {current ? (
          <current.view />
        ) : (
          <Empty title="There is no such view.">
            <p>
              The address <q>{window.location.pathname}</q> does not exist. <a href="/">Go to the overview.</a>
            </p>
          </Empty>
        )}
      </main>
    </>
  );
}

function MarketSelector() {
  const { view, show } = useView();
  const markets = useMarkets();
  const list = markets.data ?? [];
  const chosen = list.find(({ code, is_default }) => (view.market === undefined ? is_default : code === view.market));
  useEffect(() => {
    document.title = chosen ? `${chosen.name} – Property Insights` : 'Property Insights';
  }, [chosen]);
  return (
    <NativeSelect
      aria-label="Market"
      className={classes.market}
      disabled={list.length === 0}
      value={chosen?.code ?? ''}
      // Another market has other regions, types and places: its filters start empty; the other settings stay.
      onChange={({ target }) => show({ ...UNFILTERED, market: target.value })}
    >
      {!chosen && <option value="">{markets.isPending ? 'Loading markets…' : 'Choose a market'}</option>}
      {list.map(({ code, name, currency, is_synthetic }) => (
        <option key={code} value={code}>
          {name} ({currency}
          {is_synthetic ? ', synthetic' : ''})
        </option>
      ))}
    </NativeSelect>
  );
}

/** Follows the system until the user switches it. This browser remembers the choice. */
function ColourScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon variant="default" size={36} aria-label={`Use ${other} colours`} onClick={() => setColorScheme(other)}>
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="6.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M9 2.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
      </svg>
    </ActionIcon>
  );
}
