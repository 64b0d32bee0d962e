import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { write } from '../api/client.ts';
import type { Parameters, Report } from '../api/reporting.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Fault } from '../parts/fault.tsx';
import { NeededToken } from '../parts/token-field.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { useReportNames } from './report-names.ts';
import classes from './reports.module.css';

interface ShareProps {
  report: Report;
  parameters: Parameters;
  /** The version of the preview; undefined until it is known. */
  version: number | undefined;
  onClose(): void;
}

/** Makes a link that opens the report without a token. */
export function Share({ report, parameters, version, onClose }: ShareProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const { title } = useReportNames()(report);
  const make = useMutation({
    mutationFn: (form: FormData) => {
      const read = (name: string) => String(form.get(name) ?? '').trim();
      const origins = read('origins')
        .split(/[\s,]+/)
        .filter(Boolean);
      return write('post', '/reporting/links', '', {
        report: report.name,
        parameters: { ...parameters, ...(form.get('numbers') === 'fixed' && { as_of: version }) },
        ...(read('password') && { password: read('password') }),
        // To the end of the day that the reader chose, where the reader is.
        ...(read('ends') && { expires_at: new Date(`${read('ends')}T23:59:59`).toISOString() }),
        ...(origins.length > 0 && { origins }),
      });
    },
    async onSuccess({ path }) {
      queries.invalidateQueries({ queryKey: ['/reporting/links'] });
      await copy(path);
    },
  });
  const copy = (path: string) =>
    navigator.clipboard.writeText(window.location.origin + path).then(
      () => notify(t`The link is copied.`),
      () => undefined,
    );
  const { data, error } = make;
  return (
    <Dialog title={<Trans>Share: {title}</Trans>} onClose={onClose}>
      {data ? (
        <div className={classes.form}>
          <p>
            <Trans>Everybody who has this link can open the report. It is shown only now.</Trans>
          </p>
          <input
            className="field"
            readOnly
            aria-label={t`The link`}
            value={window.location.origin + data.path}
            onFocus={({ target }) => target.select()}
          />
          <p className="note">
            {data.has_password && <Trans>It asks for the password. </Trans>}
            {data.expires_at ? (
              <Trans>It ends on {format.moment(data.expires_at)}, or when it is revoked.</Trans>
            ) : (
              <Trans>It ends when it is revoked, or when the token that made it is.</Trans>
            )}
          </p>
          <p className="buttons">
            <button type="button" className="button main" onClick={() => copy(data.path)}>
              <Trans>Copy link</Trans>
            </button>
            <a className="button" href={`${data.path}.html`} target="_blank" rel="noreferrer">
              <Trans>Open it</Trans>
            </a>
          </p>
        </div>
      ) : (
        <form
          className={classes.form}
          onSubmit={(event: FormEvent<HTMLFormElement>) => {
            event.preventDefault();
            make.mutate(new FormData(event.currentTarget));
          }}
        >
          <NeededToken scope="write" error={error} />
          {parameters.as_of === undefined && (
            <fieldset className={classes.radios}>
              <legend>
                <Trans>Figures</Trans>
              </legend>
              <label>
                <input type="radio" name="numbers" value="current" defaultChecked />
                <Trans>Current ones, after each load</Trans>
              </label>
              <label>
                <input type="radio" name="numbers" value="fixed" disabled={version === undefined} />
                <Trans>Always those of version {version ?? '…'}</Trans>
              </label>
            </fieldset>
          )}
          <details>
            <summary>
              <Trans>Password, end, embedding</Trans>
            </summary>
            <label htmlFor={`${id}password`}>
              <Trans>Password, of 10 characters or more</Trans>
            </label>
            <input
              id={`${id}password`}
              name="password"
              type="password"
              autoComplete="new-password"
              minLength={10}
              maxLength={200}
              className="field"
            />
            <label htmlFor={`${id}ends`}>
              <Trans>Last day</Trans>
            </label>
            <input
              id={`${id}ends`}
              name="ends"
              type="date"
              min={new Date().toISOString().slice(0, 10)}
              className="field"
            />
            <label htmlFor={`${id}origins`}>
              <Trans>Sites that may embed it, such as https://example.org</Trans>
            </label>
            <input id={`${id}origins`} name="origins" autoComplete="off" className="field" />
          </details>
          <Fault error={error} />
          <p className="buttons">
            <button type="submit" className="button main" disabled={make.isPending}>
              <Trans>Make the link</Trans>
            </button>
          </p>
        </form>
      )}
    </Dialog>
  );
}
