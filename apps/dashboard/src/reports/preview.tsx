import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { type Parameters, type Report, usePreview } from '../api/reporting.ts';
import parts from '../parts/part.module.css';
import { Failure, Skeleton } from '../parts/states.tsx';
import { Downloads } from './downloads.tsx';
import { ReportFrame } from './report-frame.tsx';
import { useReportNames } from './report-names.ts';
import classes from './reports.module.css';
import { ScheduleIt } from './schedule-it.tsx';
import { Share } from './share.tsx';

/** The report as a page, and what can be done with it. */
export function Preview({ report, parameters }: { report: Report; parameters: Parameters }) {
  const { t } = useLingui();
  const preview = usePreview(report, parameters, parameters.market !== '');
  const [dialog, setDialog] = useState<'share' | 'schedule'>();
  const { title } = useReportNames()(report);
  const { data, error } = preview;
  const close = () => setDialog(undefined);
  return (
    <section className={parts.part} aria-label={t`Preview`}>
      <div className={classes.actions}>
        <Downloads report={report} parameters={parameters} />
        <p className="buttons">
          <button type="button" className="button" aria-haspopup="dialog" onClick={() => setDialog('share')}>
            <Trans>Share a link</Trans>
          </button>
          <button type="button" className="button" aria-haspopup="dialog" onClick={() => setDialog('schedule')}>
            <Trans>Schedule</Trans>
          </button>
        </p>
      </div>
      {error ? (
        <Failure title={<Trans>The report could not be made.</Trans>} error={error} retry={preview.refetch} />
      ) : data ? (
        <ReportFrame title={title} html={data.html} isStale={preview.isPlaceholderData} />
      ) : (
        <Skeleton height={720} />
      )}
      {dialog === 'share' && <Share report={report} parameters={parameters} version={data?.version} onClose={close} />}
      {dialog === 'schedule' && <ScheduleIt report={report} parameters={parameters} onClose={close} />}
    </section>
  );
}
