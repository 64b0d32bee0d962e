import { Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { withoutFilters } from '../address.ts';
import { MarketList } from '../parts/market-list.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';
import { MarketForm } from './market-form.tsx';

/** The markets, to choose, to change and to add. */
export function Markets() {
  const { market } = usePage();
  const [open, setOpen] = useState<'new' | 'chosen'>();
  return (
    <section className={classes.part}>
      <h2>
        <Trans>Markets</Trans>
      </h2>
      <p className="note">
        <Trans>The chosen one gets the files.</Trans>
      </p>
      <div className={classes.markets}>
        <MarketList>
          {({ code, name, currency, attribution, licence, is_default, is_synthetic }) => (
            <>
              <span className={classes.head}>
                <Link
                  to="."
                  search={(before) => ({ ...withoutFilters(before), market: code })}
                  aria-current={code === market?.code ? 'true' : undefined}
                >
                  {code === market?.code ? <b>{name}</b> : name}
                </Link>
                <span className="muted">{currency}</span>
              </span>
              <span className="note">
                {[
                  is_default && <Trans key="default">the default</Trans>,
                  is_synthetic && <Trans key="synthetic">synthetic</Trans>,
                  attribution,
                  licence,
                ]
                  .filter(Boolean)
                  .map((each, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a few remarks in order
                    <span key={i}>
                      {i > 0 && ' · '}
                      {each}
                    </span>
                  ))}
              </span>
            </>
          )}
        </MarketList>
      </div>
      <p className="buttons">
        <button type="button" className="button" onClick={() => setOpen('new')}>
          <Trans>Add a market</Trans>
        </button>
        {market && (
          <button type="button" className="button quiet" onClick={() => setOpen('chosen')}>
            <Trans>Change or delete {market.name}</Trans>
          </button>
        )}
      </p>
      {open === 'new' && <MarketForm onClose={() => setOpen(undefined)} />}
      {open === 'chosen' && market && <MarketForm market={market} onClose={() => setOpen(undefined)} />}
    </section>
  );
}
