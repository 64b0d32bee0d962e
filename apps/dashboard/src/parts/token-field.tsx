import { Trans } from '@lingui/react/macro';
import { type FormEvent, useId, useState } from 'react';
import { mayDo, type Scope, useAccess } from '../api/access.ts';
import { Problem } from '../api/client.ts';
import { remembered } from '../preferences.ts';
import classes from './token-field.module.css';

/** Whether a request was refused for lack of a token with the scope that it needs. */
export const needsToken = (error: Error | null): boolean =>
  error instanceof Problem && (error.status === 401 || error.status === 403);

/** A field for the token of a write, which is remembered until the tab is closed. */
export function TokenField({ scope }: { scope: Scope }) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>
        <Trans>A token with the scope “{scope}”</Trans>
      </label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        className="field"
        placeholder="pi_…"
        onChange={({ target }) => remembered.token.write(target.value.trim() || undefined)}
      />
      <p className="note">
        <Trans>It is kept until this tab is closed.</Trans>
      </p>
    </>
  );
}

/** The field of a form whose request needs a token: where what is remembered does not suffice, or was refused. */
export function NeededToken({ scope, error }: { scope: Scope; error: Error | null }) {
  const { data } = useAccess();
  // It stays while a token is typed into it.
  const [lacks, setLacks] = useState(false);
  if (!lacks && data && !mayDo(data, scope)) setLacks(true);
  return lacks || needsToken(error) ? <TokenField scope={scope} /> : null;
}

/** Takes a token for the whole page. */
export function TokenForm({ scope }: { scope?: Scope }) {
  const id = useId();
  return (
    <form
      className={classes.form}
      onSubmit={(event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        remembered.token.write(String(new FormData(event.currentTarget).get('token')).trim() || undefined);
      }}
    >
      <label htmlFor={id} className="hidden">
        {scope ? <Trans>A token with the scope “{scope}”</Trans> : <Trans>Token</Trans>}
      </label>
      <input id={id} name="token" type="password" autoComplete="off" className="field" placeholder="pi_…" required />
      <button type="submit" className="button">
        <Trans>Use this token</Trans>
      </button>
    </form>
  );
}
