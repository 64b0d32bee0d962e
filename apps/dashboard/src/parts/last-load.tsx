import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getImport, write } from '../api/client.ts';
import { useImports, useRevisions } from '../api/queries.ts';
import type { Import, Revision } from '../api/types.ts';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { Dialog } from './dialog.tsx';
import { Fault } from './fault.tsx';
import { useImportNotes } from './file-note-texts.ts';
import classes from './last-load.module.css';
import { useRevisionTexts } from './revision-texts.ts';
import { Section } from './section.tsx';
import { ShowMore } from './show-more.tsx';
import { needsToken, TokenField } from './token-field.tsx';

/** What the last writes changed, and the undo of the last one; of each, where the whole history is shown. */
export function LastLoad({ whole = false, span = 12 }: { whole?: boolean; span?: 8 | 12 }) {
  const { t } = useLingui();
  const { market, format, address } = usePage();
  const revisions = useRevisions(market?.code);
  const whatOf = useRevisionTexts();
  const shown = revisions.data?.filter(({ kind }) => whole || kind !== 'market').slice(0, whole ? undefined : 5);
  const imports = useImports(shown?.flatMap((revision) => revision.import ?? []) ?? []);
  return (
    <Section
      title={whole ? t`History` : t`What the last loads changed`}
      span={span}
      note={<Trans>The latest first. Every load can be undone by those who may.</Trans>}
      answer={{ ...revisions, data: shown }}
      height={120}
      footing={() => whole && <ShowMore list={revisions} />}
    >
      {(list) => (
        <table className={`table ${classes.loads}`}>
          <thead>
            <tr>
              <th scope="col" className={classes.wide}>
                <Trans>When</Trans>
              </th>
              <th scope="col">
                <Trans>What</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Sales</Trans>
              </th>
              <th scope="col" className={`number ${classes.wide}`}>
                <Trans>Version</Trans>
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {list.map((revision, i) => {
              const what = whatOf(revision);
              return (
                <tr key={revision.id}>
                  <td className={classes.wide}>{format.moment(revision.created_at)}</td>
                  <td className={classes.what}>
                    <span lang={what.lang}>{what.text}</span>
                    <span className={classes.narrow}>
                      <Trans>
                        {format.moment(revision.created_at)}, version {revision.version ?? '–'}
                      </Trans>
                    </span>
                    <Remarks load={imports.get(revision.import ?? '')} />
                  </td>
                  <td className="number">
                    {changeOf(revision, format.count)}
                    {revision.places_added > 0 && <Trans>{format.count(revision.places_added)} places</Trans>}
                  </td>
                  <td className={`number ${classes.wide}`}>{revision.version ?? '–'}</td>
                  <td className="number">
                    {revision.undone_by !== null ? (
                      <span className="muted">
                        <Trans>undone</Trans>
                      </span>
                    ) : (
                      (whole || i === 0) &&
                      revision.kind !== 'market' &&
                      address.as_of === undefined && <Undo revision={revision} />
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Section>
  );
}

/** What an import reports beside its counts. */
function Remarks({ load }: { load: Import | undefined }) {
  const { format } = usePage();
  const notesOf = useImportNotes();
  if (!load || (load.retired === 0 && load.rejected === 0 && load.notes.length === 0)) return null;
  return (
    <ul className={classes.remarks}>
      {load.retired > 0 && (
        <li>
          <Trans>A complete edition: sales that it lacks were retired ({format.count(load.retired)})</Trans>
        </li>
      )}
      {load.rejected > 0 && (
        <li>
          <a href={`/api/imports/${load.id}/rejects`}>
            <Trans>Rows that could not be read ({format.count(load.rejected)})</Trans>
          </a>
        </li>
      )}
      {notesOf(load).map(({ text, lang }) => (
        <li key={text} lang={lang}>
          {text}
        </li>
      ))}
    </ul>
  );
}

function changeOf({ places_added, ...revision }: Revision, count: (value: number) => string): string {
  const added = revision.sales_added + revision.set_aside_retired;
  const retired = revision.sales_retired + revision.set_aside_added;
  const parts = [added > 0 && `+${count(added)}`, retired > 0 && `−${count(retired)}`].filter(Boolean);
  return parts.length > 0 || places_added > 0 ? parts.join(' ') : '0';
}

function Undo({ revision }: { revision: Revision }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const undo = useUndo(close);
  const version = revision.version ?? '–';
  return (
    <>
      <button type="button" className="button small screen" onClick={() => setOpen(true)}>
        <Trans>Undo</Trans>
      </button>
      {isOpen && (
        <Dialog title={<Trans>Undo version {version}</Trans>} onClose={close}>
          <form
            className={classes.undo}
            onSubmit={(event) => {
              event.preventDefault();
              undo.mutate({ id: revision.id, done: t`Version ${version} is undone.` });
            }}
          >
            <p>
              <Trans>
                The sales that it added are retired, and those that it retired are in force again. The undo can be
                undone too.
              </Trans>
            </p>
            <Fault error={undo.error} />
            {needsToken(undo.error) && <TokenField scope="admin" />}
            <p className="buttons">
              <button type="submit" className="button main" disabled={undo.isPending}>
                {undo.isPending ? <Trans>Undoing …</Trans> : <Trans>Undo version {version}</Trans>}
              </button>
              <button type="button" className="button quiet" onClick={close}>
                <Trans>Keep it</Trans>
              </button>
            </p>
          </form>
        </Dialog>
      )}
    </>
  );
}

/** Milliseconds between two checks whether an undo has ended. */
const pollInterval = 500;

/** Undoes a revision, and waits for the end. The message that reports it offers to undo the undo. */
function useUndo(onDone: () => void) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const undo = useMutation({
    async mutationFn({ id }: { id: number; done: string }) {
      let job = await write('post', '/api/revisions/{id}/undo', id);
      while (job.state === 'received' || job.state === 'running') {
        await new Promise((resolve) => setTimeout(resolve, pollInterval));
        job = await getImport(job.id);
      }
      if (job.state !== 'finished') throw new Error(job.error ?? t`The undo was cancelled.`);
      return job;
    },
    onSuccess({ revision }, { done }) {
      queries.invalidateQueries();
      onDone();
      notify(
        done,
        revision === null
          ? undefined
          : { label: t`Bring back`, run: () => undo.mutate({ id: revision, done: t`It is back.` }) },
      );
    },
  });
  return undo;
}
