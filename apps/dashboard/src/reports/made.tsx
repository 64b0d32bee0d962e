/** What was made of reports before: jobs, links and schedules of the token. */
import { Trans } from '@lingui/react/macro';
import { mayDo, useAccess } from '../api/access.ts';
import type { Report } from '../api/reporting.ts';
import parts from '../parts/part.module.css';
import { TokenForm } from '../parts/token-field.tsx';
import { Jobs } from './made-jobs.tsx';
import { Links } from './made-links.tsx';
import { Schedules } from './made-schedules.tsx';

export function Made({ reports }: { reports: Report[] }) {
  const access = useAccess();
  if (access.data === undefined && !access.error) return null;
  if (!access.data || !mayDo(access.data, 'write')) {
    return (
      <section className={parts.part} data-span="12">
        <h2>
          <Trans>Links, schedules and jobs</Trans>
        </h2>
        <p className="note">
          {access.error?.message ??
            (access.data?.scope ? (
              <Trans>
                The token “{access.data.name}” allows reading only. Links and schedules need one with the scope “write”.
              </Trans>
            ) : (
              <Trans>
                A token with the scope “write” is needed to share and schedule reports, and to see what is shared and
                scheduled. It is kept until this tab is closed.
              </Trans>
            ))}
        </p>
        <TokenForm scope="write" />
      </section>
    );
  }
  return (
    <>
      <Jobs />
      <Schedules />
      <Links reports={reports} />
    </>
  );
}
