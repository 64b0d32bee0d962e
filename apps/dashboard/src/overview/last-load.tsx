import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { write } from '../api/client.ts';
import { useRevisions } from '../api/queries.ts';
import type { Revision } from '../api/types.ts';
import { Section } from '../parts/section.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';

/** What the last writes changed, and the undo of the last one. */
export function LastLoad() {
  const { t } = useLingui();
  const { market, format, address } = usePage();
  const revisions = useRevisions(market?.code);
  const shown = revisions.data?.filter(({ kind }) => kind !== 'market').slice(0, 5);
  return (
    <Section
      title={t`What the last loads changed`}
      span={12}
      note={<Trans>The latest first. Every load can be undone by those who may.</Trans>}
      answer={{ ...revisions, data: shown }}
      height={120}
    >
      {(list) => (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <Trans>When</Trans>
              </th>
              <th scope="col">
                <Trans>What</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Sales</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Version</Trans>
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {list.map((revision, i) => (
              <tr key={revision.id}>
                <td>{format.moment(revision.created_at)}</td>
                <td style={{ overflowWrap: 'anywhere' }}>{whatOf(revision)}</td>
                <td className="number">{changeOf(revision, format.count)}</td>
                <td className="number">{revision.version ?? '–'}</td>
                <td className="number">
                  {revision.undone_by !== null ? (
                    <span className="muted">
                      <Trans>undone</Trans>
                    </span>
                  ) : (
                    i === 0 && address.as_of === undefined && <Undo revision={revision} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

/** The files of a load, of which a long list is cut. */
function whatOf({ note, kind }: Revision): string {
  const files = note?.split(', ') ?? [];
  return files.length > 3 ? `${files.slice(0, 3).join(', ')}, …` : (note ?? kind);
}

function changeOf(revision: Revision, count: (value: number) => string): string {
  const added = revision.sales_added + revision.set_aside_retired;
  const retired = revision.sales_retired + revision.set_aside_added;
  const parts = [added > 0 && `+${count(added)}`, retired > 0 && `−${count(retired)}`].filter(Boolean);
  return parts.length > 0 ? parts.join(' ') : '0';
}

function Undo({ revision }: { revision: Revision }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const undo = useMutation({
    mutationFn: () => write('post', '/api/revisions/{id}/undo', revision.id),
    onSuccess() {
      notify(t`The undo of version ${revision.version ?? ''} has started. An undo can be undone too.`);
      setSure(false);
      // A small undo ends within a moment; the list shows it then.
      setTimeout(() => queries.invalidateQueries(), 1_500);
    },
    onError: (error) => notify(error.message),
  });
  if (!sure) {
    return (
      <button type="button" className="button small" onClick={() => setSure(true)}>
        <Trans>Undo</Trans>
      </button>
    );
  }
  return (
    <span className="buttons" style={{ justifyContent: 'flex-end' }}>
      <button type="button" className="button small main" disabled={undo.isPending} onClick={() => undo.mutate()}>
        <Trans>Undo version {revision.version}</Trans>
      </button>
      <button type="button" className="button small quiet" onClick={() => setSure(false)}>
        <Trans>Keep it</Trans>
      </button>
    </span>
  );
}
