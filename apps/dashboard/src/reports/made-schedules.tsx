/** The schedules of the token, with their runs and recipients. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, write } from '../api/client.ts';
import { jobEnded, type Schedule, useSchedules } from '../api/reporting.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { usePage } from '../use-page.ts';
import { Item, Part } from './made-list.tsx';
import { useFormNames, useSubjectWords } from './report-names.ts';
import classes from './reports.module.css';
import { useRhythmWords } from './rhythm.ts';

export function Schedules() {
  return (
    <Part
      title={<Trans>Schedules</Trans>}
      span={6}
      list={useSchedules()}
      empty={<Trans>No report is scheduled with this token.</Trans>}
    >
      {(schedule) => <ScheduleItem key={schedule.id} schedule={schedule} />}
    </Part>
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
  const { id, title, report, parameters, form, target, paused_at, due_at, last_run, author } = schedule;
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
        t`by ${author}`,
      ]}
      ended={paused_at !== null}
      state={last_run && <RunState run={last_run} />}
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

type Run = NonNullable<Schedule['last_run']>;

/** How a run ended: a failure with its reason. */
function RunState({ run }: { run: Run }) {
  const { t } = useLingui();
  const { format } = usePage();
  const { state, sent, attempts, reason, run_at } = run;
  const moment = format.moment(run_at);
  const delivered =
    sent === null
      ? t`${moment}: stored`
      : sent === 0
        ? t`${moment}: sent to nobody, because no recipient has confirmed`
        : sent === 1
          ? t`${moment}: sent to 1 recipient`
          : t`${moment}: sent to ${format.count(sent)} recipients`;
  const states: Record<Run['state'], string> = {
    received: attempts > 0 ? t`${moment}: attempt ${attempts} failed, another follows` : t`${moment}: waiting`,
    running: t`${moment}: being made`,
    finished: delivered,
    failed: attempts > 1 ? t`${moment}: failed after ${attempts} attempts` : t`${moment}: failed`,
    cancelled: t`${moment}: cancelled`,
  };
  const isFault = reason !== null && state !== 'finished';
  return (
    <p className={isFault || (state === 'finished' && sent === 0) ? classes.failed : 'note'} role="status">
      {states[state]}
      {isFault && (
        <>
          {'. '}
          <span lang="en">{reason}</span>
        </>
      )}
    </p>
  );
}

/** The recipients of a schedule and its last runs. */
function History({ schedule: { id, title }, onClose }: { schedule: Schedule; onClose(): void }) {
  const { t } = useLingui();
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
    refetchInterval: ({ state: { data } }) => (data?.runs.every(jobEnded) ? false : 2_000),
  });
  const states = {
    waiting: t`has not confirmed`,
    confirmed: t`confirmed`,
    unsubscribed: t`unsubscribed`,
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
                {data.recipients.map(({ address, role, state, asked_at }) => {
                  const known = state === 'waiting' && asked_at === null ? t`not asked yet` : states[state];
                  return (
                    <li key={`${role} ${address}`}>
                      {address} <span className="note">{role === 'maker' ? t`of failures, ${known}` : known}</span>
                    </li>
                  );
                })}
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
            {data.runs.map((run) => (
              <li key={run.run_at}>
                <RunState run={run} />
                {run.file_name && <p className="note">{run.file_name}</p>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Dialog>
  );
}
