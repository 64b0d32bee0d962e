import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { type Report, useReports } from '../api/reporting.ts';
import { ChooseSubject } from '../comparables/choose-subject.tsx';
import { useCovered } from '../parts/covered.ts';
import parts from '../parts/part.module.css';
import { Question } from '../parts/question.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import view from '../parts/view.module.css';
import { usePage } from '../use-page.ts';
import { ChooseReport } from './choose-report.tsx';
import { DefinitionEditor, newName } from './definition-editor.tsx';
import { Made } from './made.tsx';
import { useParameters } from './parameters.ts';
import { Preview } from './preview.tsx';
import { useReportNames } from './report-names.ts';
import classes from './reports.module.css';
import { Settings } from './settings.tsx';

/** Documents made from answers: chosen, set, previewed, downloaded, shared and scheduled. */
export function Reports() {
  const { address } = usePage();
  const reports = useReports();
  const [editing, setEditing] = useState<string>();
  if (reports.error && !reports.data) {
    return (
      <>
        <h1>
          <Trans>Reports</Trans>
        </h1>
        <Failure
          title={<Trans>The reporting service does not answer. The other views are not affected.</Trans>}
          error={reports.error}
          retry={reports.refetch}
        />
      </>
    );
  }
  if (!reports.data) return <Skeleton height={700} />;
  if (editing !== undefined) return <DefinitionEditor name={editing} onClose={() => setEditing(undefined)} />;
  const chosen = reports.data.find(({ name }) => name === address.report) ?? reports.data[0];
  return chosen && <Chosen report={chosen} reports={reports.data} onEdit={setEditing} />;
}

interface ChosenProps {
  report: Report;
  reports: Report[];
  /** Gets the name of the definition to edit. */
  onEdit(name: string): void;
}

function Chosen({ report, reports, onEdit }: ChosenProps) {
  const { t } = useLingui();
  const { address } = usePage();
  const parameters = useParameters(report);
  const isValuation = report.name === 'valuation';
  const missing =
    isValuation && !address.subject
      ? t`Choose what is valued.`
      : report.name === 'area-comparison' && !address.area?.length
        ? t`Choose the areas to compare.`
        : undefined;
  return (
    <>
      <Sentence report={report} />
      <div className={view.grid}>
        <div className={classes.choice}>
          <ChooseReport report={report} reports={reports} onEdit={onEdit} onAdd={() => onEdit(newName)} />
          <Settings report={report} />
        </div>
        <div className={classes.document}>
          {missing ? (
            <section className={parts.part}>
              <p className="note">{missing}</p>
              {isValuation && <ChooseSubject />}
            </section>
          ) : (
            <Preview report={report} parameters={parameters} />
          )}
        </div>
        <Made reports={reports} />
      </div>
    </>
  );
}

/** What the report is about, where its filters are changed. */
function Sentence({ report }: { report: Report }) {
  const { filters, address, show } = usePage();
  const { title, summary } = useReportNames()(report);
  const covered = useCovered();
  if (report.name === 'valuation') {
    return (
      <>
        <h1>{title}</h1>
        <p className="note">
          {summary}{' '}
          {address.subject && (
            <button type="button" className="button small" onClick={() => show({ subject: undefined })}>
              <Trans>Value another</Trans>
            </button>
          )}
        </p>
      </>
    );
  }
  // The market report is about the covered period unless it is given another.
  const period =
    report.name === 'market-report' && covered?.from && covered.to
      ? { sold_from: covered.from, sold_to: covered.to }
      : {};
  return (
    <Question filters={{ ...period, ...filters }}>
      <span>
        <b>{title}</b>
      </span>
    </Question>
  );
}
