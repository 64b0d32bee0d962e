/** The jobs of the token: reports that are made in the background. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { write } from '../api/client.ts';
import { downloadReport, type Form, type Job, jobEnded, useJobs } from '../api/reporting.ts';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { Item, Part } from './made-list.tsx';
import { useFormNames, useSubjectWords } from './report-names.ts';

export function Jobs() {
  const jobs = useJobs();
  if (!jobs.data?.length) return null;
  return (
    <Part title={<Trans>Made in the background</Trans>} span={12} list={jobs} empty={null}>
      {(job) => <JobItem key={job.id} job={job} />}
    </Part>
  );
}

function JobItem({ job }: { job: Job }) {
  const { t } = useLingui();
  const { format } = usePage();
  const queries = useQueryClient();
  const words = useSubjectWords();
  const formName = useFormNames()[job.form as Form];
  const cancel = useMutation({
    mutationFn: () => write('delete', '/reporting/jobs/{id}', job.id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['/reporting/jobs'] }),
  });
  const save = useMutation({
    mutationFn: () => downloadReport(job.result as string, new AbortController().signal),
    onSuccess: (name) => notify(t`${name} is saved.`),
  });
  const megabytes = format.decimal(job.stored_bytes / 1e6);
  const states: Record<Job['state'], string> = {
    received: t`waiting`,
    running: job.stage === 'storage' ? t`is stored, ${megabytes} MB` : t`being made`,
    finished: job.result ? t`ready until ${format.moment(job.expires_at ?? job.created_at)}` : t`removed`,
    failed: t`failed: ${job.reason ?? ''}`,
    cancelled: t`cancelled`,
  };
  return (
    <Item
      title={words(job.report, job.parameters)}
      notes={[
        formName,
        <span key="state" role="status">
          {states[job.state]}
        </span>,
        !jobEnded(job) && job.attempts > 1 && t`attempt ${job.attempts}, after: ${job.reason ?? ''}`,
        format.moment(job.created_at),
      ]}
      ended={jobEnded(job) && !job.result}
      error={cancel.error ?? save.error}
    >
      {!jobEnded(job) && (
        <button type="button" className="button small" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
          <Trans>Cancel</Trans>
        </button>
      )}
      {job.result && (
        <button type="button" className="button small" disabled={save.isPending} onClick={() => save.mutate()}>
          <Trans>Download</Trans>
        </button>
      )}
    </Item>
  );
}
