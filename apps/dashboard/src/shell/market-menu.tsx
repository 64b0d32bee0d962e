import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { withoutFilters } from '../address.ts';
import { write } from '../api/client.ts';
import { useRevisions } from '../api/queries.ts';
import type { Market } from '../api/types.ts';
import { MarketList } from '../parts/market-list.tsx';
import { Popover } from '../parts/popover.tsx';
import { needsToken, TokenField } from '../parts/token-field.tsx';
import { usePage } from '../use-page.ts';
import classes from './market-menu.module.css';
import { notify } from './notices.tsx';

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
  const [latest] = useRevisions(market?.code).data ?? [];
  return (
    <>
      <div className={classes.markets}>
        <MarketList>
          {({ code, name, currency, is_default, is_synthetic }) => (
            // Another market has other regions, types and places: its filters start empty; the other settings stay.
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
                {is_default && (
                  <>
                    {' · '}
                    <Trans>default</Trans>
                  </>
                )}
              </span>
            </Link>
          )}
        </MarketList>
      </div>
      {market && latest && (
        <p className={`note ${classes.version}`}>
          <Trans>
            {market.name}: version {latest.version ?? '–'} of {format.moment(latest.created_at)}
          </Trans>
        </p>
      )}
      {market && !market.is_default && <MakeDefault market={market} onDone={onChoose} />}
    </>
  );
}

/** Makes the market the one that requests without `market` are about, for those who may. */
function MakeDefault({ market, onDone }: { market: Market; onDone(): void }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () => write('patch', '/api/markets/{code}', market.code, { is_default: true }),
    onSuccess() {
      queries.invalidateQueries();
      notify(t`${market.name} is the default market.`);
      onDone();
    },
  });
  return (
    <form
      className={classes.makeDefault}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      {change.error && (
        <p role="alert" className="note">
          {change.error.message}
        </p>
      )}
      {needsToken(change.error) && <TokenField scope="admin" />}
      <button type="submit" className="button small" disabled={change.isPending}>
        <Trans>Make it the default market</Trans>
      </button>
    </form>
  );
}
