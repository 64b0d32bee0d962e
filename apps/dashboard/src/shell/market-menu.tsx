import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { withoutFilters } from '../address.ts';
import { useMarkets, useRevisions } from '../api/queries.ts';
import { Popover } from '../parts/popover.tsx';
import { usePage } from '../use-page.ts';
import classes from './market-menu.module.css';

/** The market, its version, and the others. */
export function MarketMenu() {
  const { t } = useLingui();
  const { market } = usePage();
  const name = market?.name ?? '…';
  return (
    <Popover
      className={classes.button}
      name={t`Market: ${name}`}
      label={
        <>
          <span>{name}</span>
          <svg
            width="10"
            height="10"
            viewBox="0 0 10 10"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            aria-hidden="true"
          >
            <path d="M1.5 3.5L5 7l3.5-3.5" />
          </svg>
        </>
      }
    >
      {(close) => <Markets onChoose={close} />}
    </Popover>
  );
}

function Markets({ onChoose }: { onChoose(): void }) {
  const { market, format } = usePage();
  const markets = useMarkets();
  const [latest] = useRevisions(market?.code).data ?? [];
  return (
    <>
      <ul className={classes.markets}>
        {markets.data?.map(({ code, name, currency, is_synthetic }) => (
          <li key={code}>
            {/* Another market has other regions, types and places: its filters start empty; the other settings stay. */}
            <Link
              to="."
              search={(before) => ({ ...withoutFilters(before), market: code })}
              aria-current={code === market?.code ? 'true' : undefined}
              onClick={onChoose}
            >
              <span>{name}</span>
              <span className="muted">
                {currency}
                {is_synthetic && (
                  <>
                    {' · '}
                    <Trans>synthetic</Trans>
                  </>
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {market && latest && (
        <p className={`note ${classes.version}`}>
          <Trans>
            {market.name}: version {latest.version ?? '–'} of {format.moment(latest.created_at)}
          </Trans>
        </p>
      )}
    </>
  );
}
