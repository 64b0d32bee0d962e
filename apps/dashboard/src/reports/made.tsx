/** What was made of reports before: jobs, links and schedules of the token. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { mayDo, useAccess } from '../api/access.ts';
import { get, write } from '../api/client.ts';
import {
  downloadReport,
  type Form,
  type Job,
  jobEnded,
  type Report,
  type Schedule,
  type ShareLink,
  useJobs,
  useLinks,
  useSchedules,
} from '../api/reporting.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Fault } from '../parts/fault.tsx';
import parts from '../parts/part.module.css';
import { Failure, Skeleton } from '../parts/states.tsx';
import { TokenForm } from '../parts/token-field.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { useFormNames, useReportNames } from './report-names.ts';
import classes from './reports.module.css';
import { useRhythmWords } from './rhythm.ts';

export function Made({ reports }: { reports: Report[] }) {
  const access = useAccess();
  const jobs = useJobs();
  const links = useLinks();
  const schedules = useSchedules();
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
      {jobs.data && jobs.data.length > 0 && (
        <Part title={<Trans>Made in the background</Trans>} span={12} list={jobs} empty={null}>
          {(job) => <JobItem key={job.id} job={job} />}
        </Part>
      )}
      <Part
        title={<Trans>Schedules</Trans>}
        span={6}
        list={schedules}
        empty={<Trans>No report is scheduled with this token.</Trans>}
      >
        {(schedule) => <ScheduleItem key={schedule.id} schedule={schedule} />}
      </Part>
      <Links links={links} reports={reports} />
    </>
  );
}

interface ListState<T> {
  data: T[] | undefined;
  error: Error | null;
  refetch(): unknown;
}

interface PartProps<T> {
  title: ReactNode;
  span: 6 | 12;
  list: ListState<T>;
  /** Shown in place of an empty list. */
  empty: ReactNode;
  children(item: T): ReactNode;
}

/** Items shown before all are asked for. */
const shownFirst = 10;

function Part<T>({ title, span, list: { data, error, refetch }, empty, children }: PartProps<T>) {
  const { format } = usePage();
  const [all, setAll] = useState(false);
  return (
    <section className={parts.part} data-span={span}>
      <h2>{title}</h2>
      {error && !data ? (
        <Failure title={<Trans>This part has not loaded.</Trans>} error={error} retry={refetch} />
      ) : data === undefined ? (
        <Skeleton height={120} />
      ) : data.length === 0 ? (
        <p className="note">{empty}</p>
      ) : (
        <ul className={classes.items}>{(all ? data : data.slice(0, shownFirst)).map(children)}</ul>
      )}
      {data && data.length > shownFirst && !all && (
        <p className="buttons">
          <button type="button" className="button small" onClick={() => setAll(true)}>
            <Trans>Show all {format.count(data.length)}</Trans>
          </button>
        </p>
      )}
    </section>
  );
}

interface ItemProps {
  title: ReactNode;
  /** Remarks, one after the other. */
  notes: ReactNode[];
  ended?: boolean;
  error: Error | null;
  children?: ReactNode;
}

function Item({ title, notes, ended = false, error, children }: ItemProps) {
  const shown = notes.filter(Boolean);
  return (
    <li className={ended ? 'muted' : undefined}>
      <p>
        <b>{title}</b>
      </p>
      <p className="note">
        {shown.map((note, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a few remarks in order
          <span key={i}>
            {i > 0 && ' · '}
            {note}
          </span>
        ))}
      </p>
      <Fault error={error} />
      {children && <div className="buttons">{children}</div>}
    </li>
  );
}

/** What a link, a schedule or a job is of: the report, its market and its places. */
function useSubjectWords() {
  const names = useReportNames();
  return (report: string, parameters: object) => {
    const { market, locality, postcode, region, area } = parameters as Record<string, string | string[] | undefined>;
    return [names({ name: report }).title, market, locality ?? postcode ?? region ?? area]
      .flat()
      .filter(Boolean)
      .join(', ');
  };
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

function ScheduleItem({ schedule }: { schedule: Schedule }) {
  const { t } = useLingui();
  const { format } = usePage();
  const queries = useQueryClient();
  const rhythm = useRhythmWords();
  const words = useSubjectWords();
  const formNames = useFormNames();
  const [history, setHistory] = useState(false);
  const { id, title, report, parameters, form, target, paused_at, due_at, ran_at, author } = schedule;
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['/reporting/schedules'] });
  const pause = useMutation({
    mutationFn: () => write('patch', '/reporting/schedules/{id}', id, { paused: paused_at === null }),
    onSuccess,
  });
  const remove = useMutation({ mutationFn: () => write('delete', '/reporting/schedules/{id}', id), onSuccess });
  return (
    <Item
      title={title}
      notes={[
        words(report, parameters),
        target === 'email'
          ? t`${formNames[form]} by e-mail, ${rhythm(schedule.rhythm)}`
          : t`${formNames[form]} to S3, ${rhythm(schedule.rhythm)}`,
        paused_at ? t`paused since ${format.moment(paused_at)}` : due_at && t`next ${format.moment(due_at)}`,
        ran_at && t`last ${format.moment(ran_at)}`,
        t`by ${author}`,
      ]}
      ended={paused_at !== null}
      error={pause.error ?? remove.error}
    >
      <button type="button" className="button small" aria-haspopup="dialog" onClick={() => setHistory(true)}>
        <Trans>Runs and recipients</Trans>
      </button>
      <button type="button" className="button small" disabled={pause.isPending} onClick={() => pause.mutate()}>
        {paused_at ? <Trans>Resume</Trans> : <Trans>Pause</Trans>}
      </button>
      <Confirmed
        label={<Trans>Delete</Trans>}
        question={<Trans>Delete this schedule?</Trans>}
        isPending={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      {history && <History schedule={schedule} onClose={() => setHistory(false)} />}
    </Item>
  );
}

/** The recipients of a schedule and its last runs. */
function History({ schedule: { id, title }, onClose }: { schedule: Schedule; onClose(): void }) {
  const { t } = useLingui();
  const { format } = usePage();
  const { data, error, refetch } = useQuery({
    queryKey: ['/reporting/schedules', id, 'runs'],
    queryFn: async ({ signal }) => {
      const at = `/reporting/schedules/${id}` as '/reporting/schedules/{id}';
      const [schedule, runs] = await Promise.all([
        get(at, {} as never, signal),
        get(`${at}/runs` as '/reporting/schedules/{id}/runs', {} as never, signal),
      ]);
      return { recipients: schedule.recipients, runs };
    },
  });
  const states = {
    waiting: t`has not confirmed`,
    confirmed: t`confirmed`,
    unsubscribed: t`unsubscribed`,
  };
  const runStates = {
    received: t`waiting`,
    running: t`running`,
    finished: t`sent`,
    failed: t`failed`,
    cancelled: t`cancelled`,
  };
  return (
    <Dialog title={title} kind="drawer" onClose={onClose}>
      {error && !data ? (
        <Failure title={<Trans>The runs have not loaded.</Trans>} error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton height={200} />
      ) : (
        <div className={classes.history}>
          {data.recipients.length > 0 && (
            <>
              <h3>
                <Trans>Recipients</Trans>
              </h3>
              <ul>
                {data.recipients.map(({ address, role, state }) => (
                  <li key={`${role} ${address}`}>
                    {address}{' '}
                    <span className="note">{role === 'maker' ? t`of failures, ${states[state]}` : states[state]}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
          <h3>
            <Trans>Runs</Trans>
          </h3>
          {data.runs.length === 0 && (
            <p className="note">
              <Trans>It has not run yet.</Trans>
            </p>
          )}
          <ul>
            {data.runs.map(({ run_at, state, attempts, reason, file_name }) => (
              <li key={run_at}>
                {format.moment(run_at)}: <b>{runStates[state]}</b>{' '}
                <span className="note">
                  {[file_name, attempts > 1 && t`${attempts} attempts`, reason].filter(Boolean).join(' · ')}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Dialog>
  );
}

function Links({ links, reports }: { links: ListState<ShareLink>; reports: Report[] }) {
  const [ended, setEnded] = useState(false);
  const { format } = usePage();
  const isEnded = ({ revoked_at, expires_at }: ShareLink) =>
    revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= Date.now());
  const old = links.data?.filter(isEnded).length ?? 0;
  const shown = links.data && (ended ? links.data : links.data.filter((link) => !isEnded(link)));
  return (
    <Part
      title={
        <>
          <Trans>Links</Trans>
          {old > 0 && (
            <button type="button" className={`button small quiet ${classes.beside}`} onClick={() => setEnded(!ended)}>
              {ended ? <Trans>Without those that ended</Trans> : <Trans>{format.count(old)} ended</Trans>}
            </button>
          )}
        </>
      }
      span={6}
      list={{ ...links, data: shown }}
      empty={<Trans>No link of this token is open.</Trans>}
    >
      {(link) => <LinkItem key={link.id} link={link} reports={reports} isEnded={isEnded(link)} />}
    </Part>
  );
}

function LinkItem({ link, reports, isEnded }: { link: ShareLink; reports: Report[]; isEnded: boolean }) {
  const { t } = useLingui();
  const { format } = usePage();
  const queries = useQueryClient();
  const words = useSubjectWords();
  const { id, report, parameters, opened, last_opened_at, revoked_at, expires_at, has_password, origins, author } =
    link;
  const { as_of } = parameters as { as_of?: number };
  const revoke = useMutation({
    mutationFn: () => write('delete', '/reporting/links/{id}', id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['/reporting/links'] }),
  });
  const count = format.count(opened);
  return (
    <Item
      title={words(report, parameters)}
      notes={[
        opened === 0
          ? t`never opened`
          : opened === 1
            ? t`opened once, ${format.moment(last_opened_at as string)}`
            : t`opened ${count} times, last ${format.moment(last_opened_at as string)}`,
        as_of !== undefined && t`version ${as_of}`,
        has_password && t`with a password`,
        origins.length > 0 && t`embedded by ${format.list(origins)}`,
        revoked_at
          ? t`revoked ${format.moment(revoked_at)}`
          : expires_at && (isEnded ? t`ended ${format.moment(expires_at)}` : t`ends ${format.moment(expires_at)}`),
        reports.every(({ name }) => name !== report) && t`its report is deleted`,
        t`made ${format.moment(link.created_at)} by ${author}`,
      ]}
      ended={isEnded}
      error={revoke.error}
    >
      {!isEnded && (
        <Confirmed
          label={<Trans>Revoke</Trans>}
          question={<Trans>Nobody can open it after that.</Trans>}
          isPending={revoke.isPending}
          onConfirm={() => revoke.mutate()}
        />
      )}
    </Item>
  );
}
