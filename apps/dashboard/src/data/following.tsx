import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { write } from '../api/client.ts';
import { isEnded, useImport, useRevisions } from '../api/queries.ts';
import type { Import } from '../api/types.ts';
import { Fault } from '../parts/fault.tsx';
import { useImportNotes } from '../parts/file-note-texts.ts';
import { Failure, Skeleton } from '../parts/states.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';

/** An import under way, or how it ended. Its id is in the address, so that it is followed again after a reload. */
export function Following({ id }: { id: string }) {
  const queries = useQueryClient();
  const { data, error, refetch } = useImport(id);
  const ended = data !== undefined && isEnded(data);
  // The figures of the whole page may have changed.
  useEffect(() => {
    if (ended) queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[2] !== 'followed' });
  }, [ended, queries]);
  return (
    <section className={classes.part} aria-live="polite">
      {error && !data ? (
        <Failure title={<Trans>The import cannot be followed.</Trans>} error={error} retry={refetch} />
      ) : data === undefined ? (
        <Skeleton height={160} />
      ) : ended ? (
        <Result load={data} />
      ) : (
        <Progress load={data} />
      )}
    </section>
  );
}

function Progress({ load }: { load: Import }) {
  const { t } = useLingui();
  const { format } = usePage();
  const cancel = useMutation({ mutationFn: () => write('delete', '/api/imports/{id}', load.id) });
  const share = load.bytes_total > 0 ? load.bytes_read / load.bytes_total : 0;
  const seconds = (Date.now() - Date.parse(load.created_at)) / 1000;
  const left = share > 0.02 && share < 1 ? Math.ceil((seconds / share) * (1 - share)) : undefined;
  const stages: [string, string][] = [
    ['reading', t`Reading`],
    ['comparing', t`Comparing`],
    ['writing', t`Writing`],
  ];
  return (
    <>
      <h2>
        <Trans>Import under way</Trans>
      </h2>
      <p>
        <span className={classes.share}>{format.percent(share)}</span>{' '}
        <span className="note">
          <Trans>{format.count(load.rows_read)} rows read</Trans>
          {seconds > 1 && load.rows_read > 0 && (
            <>
              {', '}
              <Trans>{format.count(Math.round(load.rows_read / seconds))} a second</Trans>
            </>
          )}
          {left !== undefined && (
            <>
              {', '}
              <b>
                <Trans>about {format.duration(left)} left to read</Trans>
              </b>
            </>
          )}
        </span>
      </p>
      <div className={classes.bar} role="progressbar" aria-label={t`Reading`} aria-valuenow={Math.round(share * 100)}>
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <ol className={classes.stages}>
        {stages.map(([stage, name]) => (
          <li key={stage} aria-current={stage === load.stage ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <p className="note">
        <Trans>
          Either all of it becomes one revision or nothing does. Figures change only when it has ended; you may close
          this page.
        </Trans>
      </p>
      <Fault error={cancel.error} />
      <p className="buttons">
        <button type="button" className="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
          <Trans>Cancel</Trans>
        </button>
      </p>
    </>
  );
}

function Result({ load }: { load: Import }) {
  const { t } = useLingui();
  const { format, show } = usePage();
  const notesOf = useImportNotes();
  // The counts of an import do not distinguish places from sales.
  const places = useRevisions(load.market).data?.find(({ id }) => id === load.revision)?.places_added ?? 0;
  const counts: [string, number][] = [
    [t`New sales`, load.accepted - places],
    ...(places > 0 ? [[t`New places`, places] as [string, number]] : []),
    [t`Newer than one in force`, load.superseding],
    [t`Older than one in force`, load.superseded],
    [t`The same again`, load.duplicate],
    [t`Deleted`, load.deleted],
    [t`Could not be read`, load.rejected],
  ];
  const titles: Record<string, string> = {
    finished: load.changed ? t`Loaded` : t`Nothing changed`,
    failed: t`Not loaded`,
    cancelled: t`Cancelled`,
  };
  return (
    <>
      <h2>{titles[load.state] ?? load.state}</h2>
      <Fault error={load.error} />
      {load.state === 'finished' && (
        <table className="table">
          <tbody>
            <tr>
              <th scope="row">
                <b>
                  <Trans>Rows read</Trans>
                </b>
              </th>
              <td className="number">
                <b>{format.count(load.rows_read)}</b>
              </td>
            </tr>
            {counts.map(([name, count]) => (
              <tr key={name} className={count === 0 ? 'muted' : undefined}>
                <th scope="row">{name}</th>
                <td className="number">{format.count(count)}</td>
              </tr>
            ))}
            {load.retired > 0 && (
              <tr>
                <th scope="row">
                  <Trans>Retired, because the complete edition lacks them</Trans>
                </th>
                <td className="number">{format.count(load.retired)}</td>
              </tr>
            )}
          </tbody>
        </table>
      )}
      {places > 0 && (
        <p className="note">
          <Trans>They place sales that state no coordinates. In a large market this takes a minute.</Trans>
        </p>
      )}
      {load.notes.length > 0 && (
        <ul className="note">
          {notesOf(load).map(({ text, lang }) => (
            <li key={text} lang={lang}>
              {text}
            </li>
          ))}
        </ul>
      )}
      <p className="buttons">
        {load.rejected > 0 && (
          <a className="button" href={`/api/imports/${load.id}/rejects`}>
            <Trans>Download the rows that could not be read</Trans>
          </a>
        )}
        <button type="button" className="button quiet" onClick={() => show({ load: undefined })}>
          <Trans>Close</Trans>
        </button>
      </p>
    </>
  );
}
