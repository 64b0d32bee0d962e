import { Trans, useLingui } from '@lingui/react/macro';
import type { Answer } from '@property-insights/api-types';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { type Scope, scopes } from '../api/access.ts';
import { addressOf, write } from '../api/client.ts';
import { usePages } from '../api/queries.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Fault } from '../parts/fault.tsx';
import { Form } from '../parts/form.tsx';
import parts from '../parts/part.module.css';
import { Segmented } from '../parts/segmented.tsx';
import { ShowMore } from '../parts/show-more.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { useRemembered } from '../use-remembered.ts';
import classes from './settings.module.css';

type Token = Answer<'/api/tokens'>[number];

const path = '/api/tokens';

/** The tokens of all clients, for an administrator. */
export function Tokens() {
  const { t } = useLingui();
  const { format } = usePage();
  const queries = useQueryClient();
  const own = useRemembered('token');
  const [adding, setAdding] = useState(false);
  const [all, setAll] = useState(false);
  const list = usePages<Token>(addressOf(path, { limit: 100 }), { queryKey: [path, own] });
  const { data, error, refetch } = list;
  const revoke = useMutation({
    mutationFn: (id: number) => write('delete', '/api/tokens/{id}', id),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
  });
  const endOf = ({ revoked_at, expires_at }: { revoked_at: string | null; expires_at: string | null }) =>
    revoked_at
      ? t`revoked ${format.moment(revoked_at)}`
      : expires_at && Date.parse(expires_at) <= Date.now()
        ? t`expired ${format.moment(expires_at)}`
        : undefined;
  const valid = data?.filter((token) => endOf(token) === undefined);
  const shown = all ? data : valid;
  return (
    <section className={parts.part} data-span="12">
      <h2>
        <Trans>Who may do what</Trans>
      </h2>
      {error && !data ? (
        <Failure title={<Trans>The tokens have not loaded.</Trans>} error={error} retry={refetch} />
      ) : !shown ? (
        <Skeleton height={200} />
      ) : (
        <ul className={classes.tokens}>
          {shown.map((token) => {
            const { id, name, scope, created_at, last_used_at, expires_at } = token;
            const end = endOf(token);
            return (
              <li key={id} className={end ? 'muted' : undefined}>
                <b>{name}</b>
                <span>{scope}</span>
                <span className={end ? undefined : 'note'}>
                  {[
                    t`token ${id}`,
                    t`created ${format.moment(created_at)}`,
                    last_used_at ? t`last used ${format.moment(last_used_at)}` : t`never used`,
                    end ?? (expires_at && t`expires ${format.moment(expires_at)}`),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
                {!end && (
                  <Confirmed
                    label={<Trans>Revoke</Trans>}
                    question={<Trans>Its links and schedules end too.</Trans>}
                    isPending={revoke.isPending}
                    onConfirm={() => revoke.mutate(id)}
                  />
                )}
              </li>
            );
          })}
        </ul>
      )}
      <Fault error={revoke.error} />
      <p className="buttons">
        <ShowMore list={list} />
        <button type="button" className="button" aria-haspopup="dialog" onClick={() => setAdding(true)}>
          <Trans>Create a token</Trans>
        </button>
        {data && valid && data.length > valid.length && (
          <button type="button" className="button quiet" onClick={() => setAll(!all)}>
            {all ? <Trans>Only valid ones</Trans> : <Trans>{format.count(data.length - valid.length)} ended</Trans>}
          </button>
        )}
      </p>
      {adding && <NewToken onClose={() => setAdding(false)} />}
    </section>
  );
}

function NewToken({ onClose }: { onClose(): void }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const id = useId();
  const [scope, setScope] = useState<Scope>('write');
  const add = useMutation({
    mutationFn: (form: FormData) => {
      const ends = String(form.get('ends'));
      return write('post', path, '', {
        name: String(form.get('name')),
        scope,
        // To the end of the day that the reader chose, where the reader is.
        ...(ends && { expires_at: new Date(`${ends}T23:59:59`).toISOString() }),
      });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
  });
  return (
    <Dialog title={<Trans>Create a token</Trans>} onClose={onClose}>
      {add.data ? (
        <div className={classes.made}>
          <p>
            <Trans>
              The token of <b>{add.data.name}</b>. It is shown only now.
            </Trans>
          </p>
          <input
            className="field"
            readOnly
            aria-label={t`The token`}
            value={add.data.token}
            onFocus={({ target }) => target.select()}
          />
          <p className="buttons">
            <button
              type="button"
              className="button main"
              onClick={async () => {
                await navigator.clipboard.writeText(add.data.token);
                notify(t`The token is copied.`);
                onClose();
              }}
            >
              <Trans>Copy the token</Trans>
            </button>
          </p>
        </div>
      ) : (
        <Form submit={<Trans>Create it</Trans>} save={add}>
          <label htmlFor={`${id}name`}>
            <Trans>Who or what uses it</Trans>
          </label>
          <input id={`${id}name`} name="name" className="field" required maxLength={100} autoComplete="off" />
          <Segmented
            label={t`Scope`}
            value={scope}
            choices={scopes.map((each) => [each, each] as const)}
            onChange={(next) => setScope(next)}
          />
          <label htmlFor={`${id}ends`}>
            <Trans>Last day; without one, it is valid until it is revoked</Trans>
          </label>
          <input
            id={`${id}ends`}
            name="ends"
            type="date"
            min={new Date().toISOString().slice(0, 10)}
            className="field"
          />
        </Form>
      )}
    </Dialog>
  );
}
