/** The schedules of the token, with their runs and recipients. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, write } from '../api/client.ts';
import { type Schedule, useSchedules } from '../api/reporting.ts';
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
