import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { useMarkets } from '../api/queries.ts';
import type { Market } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import classes from './market-list.module.css';

/** More markets than these are searched. */
const maxShown = 30;

/** The chosen market and the others; of many those that are typed. */
export function MarketList({ children }: { children(market: Market): ReactNode }) {
  const { t } = useLingui();
  const { format, market } = usePage();
  const { data = [] } = useMarkets();
  const [typed, setTyped] = useState('');
  const rankOf = ({ code }: Market) => (code === market?.code ? 0 : 1);
  const q = typed.trim().toLowerCase();
  const found = data.filter(({ name, code }) => name.toLowerCase().includes(q) || code.includes(q));
  // The chosen one is in sight, however many there are.
  const listed = found.length > maxShown ? found.toSorted((a, b) => rankOf(a) - rankOf(b)) : found;
  const count = format.count(found.length);
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
        {listed.slice(0, maxShown).map((market) => (
          <li key={market.code}>{children(market)}</li>
        ))}
      </ul>
      {found.length > maxShown && (
        <p className="note">
          <Trans>
            {maxShown} of {count} markets; type to find another.
          </Trans>
        </p>
      )}
    </>
  );
}
