import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useId, useState } from 'react';
import { withoutFilters } from '../address.ts';
import { deleteMarket, write } from '../api/client.ts';
import type { Market } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Fault } from '../parts/fault.tsx';
import { needsToken, TokenField } from '../parts/token-field.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';

type Form = Record<string, string>;

/** A text of a form, or null for none. */
const orNull = (text: string | undefined): string | null => text?.trim() || null;

/** The code that a name suggests: `New South Wales` is `new-south-wales`. */
const codeOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50);

/** A new market, or the description of one and its deletion. */
export function MarketForm({ market, onClose }: { market?: Market; onClose(): void }) {
  const { t } = useLingui();
  const { show } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const [named, setNamed] = useState('');
  /** Undefined until the reader types another one than the name suggests. */
  const [code, setCode] = useState<string>();
  const save = useMutation({
    mutationFn: (form: Form) => {
      const described = { name: form.name as string, time_zone: form.time_zone as string };
      const [attribution, licence] = [orNull(form.attribution), orNull(form.licence)];
      return market
        ? write('patch', '/api/markets/{code}', market.code, {
            ...described,
            attribution,
            licence,
            covered_from: orNull(form.covered_from),
            covered_to: orNull(form.covered_to),
            ...(form.is_default && !market.is_default && { is_default: true as const }),
          })
        : write('post', '/api/markets', '', {
            ...described,
            code: form.code as string,
            currency: (form.currency as string).toUpperCase(),
            ...(attribution && { attribution }),
            ...(licence && { licence }),
            ...(form.is_default && { is_default: true }),
          });
    },
    async onSuccess({ code, name }) {
      await queries.invalidateQueries();
      if (market) notify(t`${name} is changed.`);
      else show({ ...withoutFilters({}), market: code });
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
    <Dialog title={market ? market.name : <Trans>Add a market</Trans>} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event: FormEvent<HTMLFormElement>) => {
          event.preventDefault();
          save.mutate(Object.fromEntries(new FormData(event.currentTarget)) as Form);
        }}
      >
        {field('name', t`Name, such as New South Wales`, {
          required: true,
          maxLength: 100,
          defaultValue: market?.name,
          onChange: ({ target }: ChangeEvent<HTMLInputElement>) => setNamed(target.value),
        })}
        {!market && (
          <>
            {field('code', t`Code for addresses, such as nsw`, {
              required: true,
              maxLength: 50,
              value: code ?? codeOf(named),
              onChange: ({ target }: ChangeEvent<HTMLInputElement>) => setCode(target.value),
            })}
            {field('currency', t`Currency, such as AUD`, { required: true, pattern: '[A-Za-z]{3}', maxLength: 3 })}
          </>
        )}
        {field('time_zone', t`Time zone, such as Australia/Sydney`, {
          required: true,
          defaultValue: market?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
        })}
        {field('attribution', t`Attribution of its data`, { maxLength: 1000, defaultValue: market?.attribution ?? '' })}
        {field('licence', t`Licence of its data`, { maxLength: 200, defaultValue: market?.licence ?? '' })}
        {market && (
          <>
            {field('covered_from', t`Covered from; empty: estimated from the sales`, {
              type: 'date',
              defaultValue: market.covered_from ?? '',
            })}
            {field('covered_to', t`Covered to; empty: estimated from the sales`, {
              type: 'date',
              defaultValue: market.covered_to ?? '',
            })}
          </>
        )}
        {market?.is_default ? (
          <p className="note">
            <Trans>It is the default market. Make another one the default to change that.</Trans>
          </p>
        ) : (
          <p>
            <label>
              <input type="checkbox" name="is_default" /> <Trans>Make it the default market</Trans>
            </label>
          </p>
        )}
        <Fault error={save.error} />
        {needsToken(save.error) && <TokenField scope="admin" />}
        <p className="buttons">
          <button type="submit" className="button main" disabled={save.isPending}>
            {market ? <Trans>Save</Trans> : <Trans>Add the market</Trans>}
          </button>
        </p>
      </form>
      {market && <Deletion market={market} onDone={onClose} />}
    </Dialog>
  );
}

/** Deletes a market whose name has been typed. */
function Deletion({ market, onDone }: { market: Market; onDone(): void }) {
  const { t } = useLingui();
  const { show } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => deleteMarket(market.code),
    async onSuccess() {
      onDone();
      show({ market: undefined, load: undefined });
      // Views that still show the market would ask about it.
      await queries.invalidateQueries({ predicate: ({ queryKey }) => !queryKey.includes(market.code) });
      notify(t`${market.name} is deleted, with all its sales.`);
    },
  });
  return (
    <details className={classes.deletion}>
      <summary>
        <Trans>Delete the market</Trans>
      </summary>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === market.name) remove.mutate();
        }}
      >
        <p className="note">
          <Trans>All its sales and its history are deleted. This cannot be undone.</Trans>
        </p>
        <label htmlFor={id}>
          <span>
            <Trans>Type its name to confirm: {market.name}</Trans>
          </span>
          <input
            id={id}
            className="field"
            autoComplete="off"
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        </label>
        <Fault error={remove.error} />
        {needsToken(remove.error) && <TokenField scope="admin" />}
        <p className="buttons">
          <button type="submit" className="button" disabled={typed !== market.name || remove.isPending}>
            <Trans>Delete {market.name} with all its sales</Trans>
          </button>
        </p>
      </form>
    </details>
  );
}
