import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { withoutFilters } from '../address.ts';
import { write } from '../api/client.ts';
import { useMarkets } from '../api/queries.ts';
import { Dialog } from '../parts/dialog.tsx';
import { needsToken, TokenField } from '../parts/token-field.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';

/** The markets, and a new one. */
export function Markets() {
  const { market } = usePage();
  const markets = useMarkets();
  const [adding, setAdding] = useState(false);
  return (
    <section className={classes.side}>
      <h2>
        <Trans>Markets</Trans>
      </h2>
      <p className="note">
        <Trans>The chosen one gets the files.</Trans>
      </p>
      <ul className={classes.markets}>
        {markets.data?.map(({ code, name, currency, attribution, licence, is_default, is_synthetic }) => (
          <li key={code}>
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
          </li>
        ))}
      </ul>
      <p className="buttons">
        <button type="button" className="button" onClick={() => setAdding(true)}>
          <Trans>Add a market</Trans>
        </button>
      </p>
      {adding && <AddMarket onClose={() => setAdding(false)} />}
    </section>
  );
}

function AddMarket({ onClose }: { onClose(): void }) {
  const { t } = useLingui();
  const { show } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const add = useMutation({
    mutationFn: (form: Record<string, string>) =>
      write('post', '/api/markets', '', {
        code: form.code as string,
        name: form.name as string,
        currency: (form.currency as string).toUpperCase(),
        ...(form.time_zone && { time_zone: form.time_zone }),
        ...(form.attribution && { attribution: form.attribution }),
        ...(form.licence && { licence: form.licence }),
      }),
    async onSuccess({ code }) {
      await queries.invalidateQueries({ queryKey: ['/api/markets'] });
      show({ market: code });
      onClose();
    },
  });
  const field = (name: string, label: string, more: object = {}) => (
    <label htmlFor={`${id}${name}`}>
      <span>{label}</span>
      <input id={`${id}${name}`} name={name} className="field" autoComplete="off" {...more} />
    </label>
  );
  return (
    <Dialog title={<Trans>Add a market</Trans>} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event: FormEvent<HTMLFormElement>) => {
          event.preventDefault();
          add.mutate(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>);
        }}
      >
        {field('name', t`Name, such as New South Wales`, { required: true, maxLength: 100 })}
        {field('code', t`Code for addresses, such as nsw`, { required: true, maxLength: 50 })}
        {field('currency', t`Currency, such as AUD`, { required: true, pattern: '[A-Za-z]{3}', maxLength: 3 })}
        {field('time_zone', t`Time zone, such as Australia/Sydney`, {
          defaultValue: Intl.DateTimeFormat().resolvedOptions().timeZone,
        })}
        {field('attribution', t`Attribution of its data`, { maxLength: 1000 })}
        {field('licence', t`Licence of its data`, { maxLength: 200 })}
        {add.error && (
          <p role="alert" className={classes.error}>
            {add.error.message}
          </p>
        )}
        {needsToken(add.error) && <TokenField scope="admin" />}
        <p className="buttons">
          <button type="submit" className="button main" disabled={add.isPending}>
            <Trans>Add the market</Trans>
          </button>
        </p>
      </form>
    </Dialog>
  );
}
