import { Trans } from '@lingui/react/macro';
import { useId } from 'react';
import { Problem } from '../api/client.ts';
import { remembered } from '../preferences.ts';

/** Whether a write was refused for lack of a token with the scope that it needs. */
export const needsToken = (error: Error | null): boolean =>
  error instanceof Problem && (error.status === 401 || error.status === 403);

/** A field for the token of a write, which is remembered until the tab is closed. */
export function TokenField({ scope }: { scope: 'write' | 'admin' }) {
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
