import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useRouter, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { carriedOver, withoutFilters } from '../address.ts';
import { useMarkets } from '../api/queries.ts';
import { isShortcut } from '../parts/keys.ts';
import { Failure } from '../parts/states.tsx';
import { switchColours } from '../preferences.ts';
import { usePage } from '../use-page.ts';
import { MarketMenu } from './market-menu.tsx';
import { Notices, Offline } from './notices.tsx';
import { OpenedViews } from './opened-views.tsx';
import { Past } from './past.tsx';
import classes from './shell.module.css';
import { useViews } from './views.ts';

const Palette = lazy(() => import('./palette.tsx'));
const Shortcuts = lazy(() => import('./shortcuts.tsx'));
const RowsDrawer = lazy(() => import('../parts/rows-drawer.tsx'));

export function Shell() {
  const { t } = useLingui();
  const { address, market, show } = usePage();
  const markets = useMarkets();
  const views = useViews();
  const router = useRouter();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [dialog, setDialog] = useState<'palette' | 'shortcuts'>();
  const title = path === '/app/settings' ? t`Settings` : views.find((each) => each.path === path)?.title;

  useEffect(() => {
    document.title = [title, market?.name, 'Property Insights'].filter(Boolean).join(' – ');
  }, [title, market?.name]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setDialog('palette');
        return;
      }
      if (!isShortcut(event)) return;
      if (event.key === '/') {
        event.preventDefault();
        setDialog('palette');
      } else if (event.key === '?') setDialog('shortcuts');
      else if (event.key === 'd') switchColours();
      else {
        const chosen = views[Number(event.key) - 1];
        if (chosen) router.navigate({ to: chosen.path, search: carriedOver });
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [router, views]);

  const source = [market?.attribution, market?.licence].filter(Boolean).join(', ');
  const unknown = markets.data !== undefined && market === undefined;
  return (
    <>
      <a className={classes.skip} href="#main">
        <Trans>Skip to the figures</Trans>
      </a>
      <header className={`${classes.top} screen`}>
        <div className={classes.bar}>
          <Link to="/" search={carriedOver} className={classes.brand}>
            <Logo />
            <span>Property Insights</span>
          </Link>
          <nav aria-label={t`Views`} className={classes.views}>
            {views.map(({ path, title }) => (
              <Link key={path} to={path} search={carriedOver} activeOptions={{ exact: true, includeSearch: false }}>
                {title}
              </Link>
            ))}
          </nav>
          <MarketMenu />
          <button type="button" className={classes.search} onClick={() => setDialog('palette')}>
            <svg
              width="14"
              height="14"
              viewBox="0 0 14 14"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.4"
              aria-hidden="true"
            >
              <circle cx="6" cy="6" r="4.3" />
              <path d="M9.2 9.2L13 13" />
            </svg>
            <span>
              <Trans>Place, view, action</Trans>
            </span>
            <kbd className="key">Ctrl K</kbd>
          </button>
          <Link to="/app/settings" search={carriedOver} className={classes.icon} aria-label={t`Settings`}>
            <svg
              width="16"
              height="16"
              viewBox="0 0 16 16"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.4"
              strokeLinecap="round"
              aria-hidden="true"
            >
              <path d="M2 4.5h6m4 0h2M2 11.5h2m4 0h6" />
              <circle cx="10" cy="4.5" r="2" />
              <circle cx="6" cy="11.5" r="2" />
            </svg>
          </Link>
          <button type="button" className={classes.icon} aria-label={t`Light or dark`} onClick={switchColours}>
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="1.4" />
              <path d="M8 2a6 6 0 010 12z" fill="currentColor" />
            </svg>
          </button>
          <button
            type="button"
            className={`${classes.icon} ${classes.help}`}
            aria-label={t`Help and shortcuts`}
            onClick={() => setDialog('shortcuts')}
          >
            ?
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1} className={classes.page}>
        {!market && <h1 className="hidden">Property Insights</h1>}
        <Offline />
        <Past />
        {markets.error && !markets.data ? (
          <Failure title={<Trans>The page has not loaded.</Trans>} error={markets.error} retry={markets.refetch} />
        ) : unknown ? (
          <Failure
            title={<Trans>There is no such market.</Trans>}
            error={new Error(t`No market has the code “${address.market ?? ''}”. Choose one above.`)}
            retry={() => show(withoutFilters(address))}
          />
        ) : (
          // A sentence without the market's name would move everything below it when the name arrives.
          market && <OpenedViews />
        )}
        {market && (
          <footer className={classes.foot}>
            {source && <span>{source}</span>}
            <span>
              <Trans>Coast: Natural Earth.</Trans>
            </span>
            <span>
              <a href="/api/docs">
                <Trans>API</Trans>
              </a>
            </span>
          </footer>
        )}
      </main>
      <nav aria-label={t`Views`} className={`${classes.bottom} screen`}>
        {views.map(({ path, title, icon }) => (
          <Link key={path} to={path} search={carriedOver} activeOptions={{ exact: true, includeSearch: false }}>
            <svg
              width="20"
              height="20"
              viewBox="0 0 20 20"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.6"
              strokeLinecap="round"
              strokeLinejoin="round"
              aria-hidden="true"
            >
              <path d={icon} />
            </svg>
            {title}
          </Link>
        ))}
      </nav>
      <Notices />
      <Suspense>
        {dialog === 'palette' && <Palette onClose={() => setDialog(undefined)} />}
        {dialog === 'shortcuts' && <Shortcuts onClose={() => setDialog(undefined)} />}
        {address.rows !== undefined && market && (
          <RowsDrawer rows={address.rows} onClose={() => show({ rows: undefined })} />
        )}
      </Suspense>
    </>
  );
}

function Logo() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 22 22"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
    >
      <path d="M1 21V9.5L11 2l10 7.5V21" />
      <path d="M5.5 21v-5M9.2 21v-8M12.8 21v-6M16.5 21v-9.5" />
    </svg>
  );
}
