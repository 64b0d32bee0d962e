import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { addressOf, write } from '../api/client.ts';
import { downloadReport, type Form, forms, type Parameters, type Report, useTables } from '../api/reporting.ts';
import { Fault } from '../parts/fault.tsx';
import { Popover } from '../parts/popover.tsx';
import { needsToken, TokenField } from '../parts/token-field.tsx';
import { notify } from '../shell/notices.tsx';
import { useFormNames } from './report-names.ts';
import classes from './reports.module.css';

interface DownloadsProps {
  report: Report;
  parameters: Parameters;
}

/** The report as a file. A file that takes long can be made in the background instead. */
export function Downloads({ report, parameters }: DownloadsProps) {
  const { t } = useLingui();
  const names = useFormNames();
  const queries = useQueryClient();
  const running = useRef<AbortController>(undefined);
  const download = useMutation({
    mutationFn: ({ form, table }: { form: Form; table?: string }) => {
      running.current = new AbortController();
      return downloadReport(addressOf(`${report.path}.${form}`, { ...parameters, table }), running.current.signal);
    },
    onSuccess: (name) => notify(t`${name} is saved.`),
  });
  const job = useMutation({
    mutationFn: (form: Form) => write('post', '/reporting/jobs', '', { report: report.name, form, parameters }),
    onSuccess() {
      notify(t`The report is made in the background. You may leave this page.`);
      return queries.invalidateQueries({ queryKey: ['/reporting/jobs'] });
    },
  });
  const error = job.error ?? (running.current?.signal.aborted ? null : download.error);
  const form = download.variables?.form;
  return (
    <div className={classes.downloads}>
      {download.isPending && form ? (
        <p className="buttons" role="status">
          <span>
            <Trans>The report is being made as {names[form]} …</Trans>
          </span>
          <button type="button" className="button" onClick={() => running.current?.abort()}>
            <Trans>Cancel</Trans>
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              running.current?.abort();
              job.mutate(form);
            }}
          >
            <Trans>Continue in the background</Trans>
          </button>
        </p>
      ) : (
        <div className="buttons">
          {forms.map((each) =>
            each === 'csv' ? (
              <Popover key={each} className="button" label={names[each]} name={t`Download as ${names[each]}`}>
                {(close) => (
                  <Tables
                    report={report}
                    parameters={parameters}
                    onChoose={(table) => {
                      close();
                      download.mutate({ form: each, ...(table !== undefined && { table }) });
                    }}
                  />
                )}
              </Popover>
            ) : (
              <button
                key={each}
                type="button"
                className={each === 'pdf' ? 'button main' : 'button'}
                aria-label={t`Download as ${names[each]}`}
                onClick={() => download.mutate({ form: each })}
              >
                {names[each]}
              </button>
            ),
          )}
        </div>
      )}
      <Fault error={error} />
      {needsToken(error) && <TokenField scope={error === job.error ? 'write' : 'read'} />}
    </div>
  );
}

interface TablesProps extends DownloadsProps {
  /** Gets the name of the table; undefined where there is only one. */
  onChoose(table: string | undefined): void;
}

/** A CSV file has one table. */
function Tables({ report, parameters, onChoose }: TablesProps) {
  const { data, error, isSuccess } = useTables(report, parameters);
  if (error) return <p className="note">{error.message}</p>;
  if (!isSuccess) {
    return (
      <p className="note">
        <Trans>The tables are read …</Trans>
      </p>
    );
  }
  if (data === null) {
    return (
      <button type="button" className="button" onClick={() => onChoose(undefined)}>
        <Trans>Its table</Trans>
      </button>
    );
  }
  if (data.length === 0) {
    return (
      <p className="note">
        <Trans>This report has no table.</Trans>
      </p>
    );
  }
  return (
    <ul className={classes.tables}>
      {data.map(({ name, title }) => (
        <li key={name}>
          <button type="button" className="button quiet" onClick={() => onChoose(name)}>
            {title}
          </button>
        </li>
      ))}
    </ul>
  );
}
