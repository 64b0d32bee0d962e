import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { useMarkets } from '../api/queries.ts';
import type { Market } from '../api/types.ts';
import classes from './market-list.module.css';

/** More markets than these are searched. */
const maxShown = 30;

/** The markets by name; of many those that are typed. */
export function MarketList({ children }: { children(market: Market): ReactNode }) {
  const { t } = useLingui();
  const { data = [] } = useMarkets();
  const [typed, setTyped] = useState('');
  const q = typed.trim().toLowerCase();
  const found = data.filter(({ name, code }) => name.toLowerCase().includes(q) || code.includes(q));
  const count = found.length;
  return (
    <>
      {data.length > maxShown && (
        <input
          className={`field ${classes.search}`}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          aria-label={t`Find a market`}
          placeholder={t`Find a market`}
        />
      )}
      <ul className={classes.markets}>
        {found.slice(0, maxShown).map((market) => (
          <li key={market.code}>{children(market)}</li>
        ))}
      </ul>
      {count > maxShown && (
        <p className="note">
          <Trans>
            {maxShown} of {count} markets; type to find another.
          </Trans>
        </p>
      )}
    </>
  );
}
