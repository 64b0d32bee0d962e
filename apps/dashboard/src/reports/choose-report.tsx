import { Trans } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { write } from '../api/client.ts';
import { type Report, reportsKey, useDefinitions } from '../api/reporting.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Fault } from '../parts/fault.tsx';
import parts from '../parts/part.module.css';
import { needsToken, TokenField } from '../parts/token-field.tsx';
import { usePage } from '../use-page.ts';
import { useReportNames } from './report-names.ts';
import classes from './reports.module.css';

interface ChooseReportProps {
  report: Report;
  reports: Report[];
  /** Gets the name of the definition. */
  onEdit(name: string): void;
  onAdd(): void;
}

/** The reports, and those of this installation's own. */
export function ChooseReport({ report, reports, onEdit, onAdd }: ChooseReportProps) {
  const { show } = usePage();
  const names = useReportNames();
  const group = useId();
  return (
    <section className={parts.part}>
      <h2>
        <Trans>Report</Trans>
      </h2>
      <ul className={classes.reports}>
        {reports.map((each) => {
          const { title, summary } = names(each);
          return (
            <li key={each.name}>
              <label>
                <input
                  type="radio"
                  name={group}
                  checked={each === report}
                  onChange={() => show({ report: each.name, edition: undefined })}
                />
                <span>
                  <b>{title}</b>
                  <span className="note">{summary}</span>
                </span>
              </label>
            </li>
          );
        })}
      </ul>
      {report.name.startsWith('custom/') && <OwnReport name={report.name.slice('custom/'.length)} onEdit={onEdit} />}
      <p className="buttons">
        <button type="button" className="button small" onClick={onAdd}>
          <Trans>A report of your own</Trans>
        </button>
      </p>
    </section>
  );
}

/** The editions of the chosen report, and what can be done with it. */
function OwnReport({ name, onEdit }: { name: string; onEdit(name: string): void }) {
  const { address, format, show } = usePage();
  const queries = useQueryClient();
  const definition = useDefinitions().data?.find((each) => each.name === name);
  const remove = useMutation({
    mutationFn: () => write('delete', '/reporting/definitions/{name}', name),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: reportsKey });
      show({ report: undefined, edition: undefined });
    },
  });
  if (!definition) return null;
  return (
    <div className={classes.own}>
      <p className="note">
        <Trans>
          Edition {definition.edition}, saved {format.moment(definition.created_at)} by {definition.author}
        </Trans>
      </p>
      <p className="buttons">
        {definition.edition > 1 && (
          <label>
            <Trans>Edition</Trans>{' '}
            <select
              className="field"
              value={address.edition ?? definition.edition}
              onChange={({ target }) => {
                const edition = Number(target.value);
                show({ edition: edition === definition.edition ? undefined : edition });
              }}
            >
              {Array.from({ length: definition.edition }, (_, i) => definition.edition - i).map((edition) => (
                <option key={edition}>{edition}</option>
              ))}
            </select>
          </label>
        )}
        <button type="button" className="button small" onClick={() => onEdit(name)}>
          <Trans>Edit</Trans>
        </button>
        <Confirmed
          label={<Trans>Delete</Trans>}
          question={<Trans>Delete this report? Citations of its editions keep working.</Trans>}
          isPending={remove.isPending}
          onConfirm={() => remove.mutate()}
        />
      </p>
      <Fault error={remove.error} />
      {needsToken(remove.error) && <TokenField scope="write" />}
    </div>
  );
}
