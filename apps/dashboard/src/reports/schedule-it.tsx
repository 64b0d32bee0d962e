import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { write } from '../api/client.ts';
import { type Form, forms, type Parameters, type Report } from '../api/reporting.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Fault } from '../parts/fault.tsx';
import { Segmented } from '../parts/segmented.tsx';
import { NeededToken } from '../parts/token-field.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { useFormNames, useReportNames } from './report-names.ts';
import classes from './reports.module.css';
import { type Rhythm, useWeekdays } from './rhythm.ts';

interface ScheduleItProps {
  report: Report;
  parameters: Parameters;
  onClose(): void;
}

/** Makes a schedule of the report. */
export function ScheduleIt({ report, parameters, onClose }: ScheduleItProps) {
  const { t } = useLingui();
  const { market } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const weekdays = useWeekdays();
  const formNames = useFormNames();
  const { title } = useReportNames()(report);
  const [every, setEvery] = useState<Rhythm['every']>('week');
  const [target, setTarget] = useState<'email' | 's3'>('email');
  const [form, setForm] = useState<Form>('pdf');
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([ownZone, market?.time_zone ?? ownZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  const make = useMutation({
    mutationFn: (data: FormData) => {
      const read = (name: string) => String(data.get(name) ?? '').trim();
      const failures = read('failures');
      const rhythm: Rhythm = {
        every,
        ...(every !== 'new_data' && { time: read('time'), time_zone: read('zone') }),
        ...(every === 'week' && { weekday: Number(read('weekday')) }),
        ...(every === 'month' && { day: read('day') === 'last' ? ('last' as const) : Number(read('day')) }),
      };
      return write('post', '/reporting/schedules', '', {
        title: read('title'),
        report: report.name,
        parameters,
        form,
        rhythm,
        target,
        ...(target === 'email' && {
          recipients: read('recipients')
            .split(/[\s,;]+/)
            .filter(Boolean),
        }),
        ...(failures && { report_failures_to: failures }),
      });
    },
    async onSuccess({ recipients }) {
      queries.invalidateQueries({ queryKey: ['/reporting/schedules'] });
      const waiting = recipients.filter(({ state, role }) => state === 'waiting' && role === 'reader').length;
      notify(
        waiting > 0
          ? t`The report is scheduled. Its recipients get an e-mail, in which they confirm once.`
          : t`The report is scheduled.`,
      );
      onClose();
    },
  });
  const { error } = make;
  return (
    <Dialog title={<Trans>Schedule: {title}</Trans>} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event: FormEvent<HTMLFormElement>) => {
          event.preventDefault();
          make.mutate(new FormData(event.currentTarget));
        }}
      >
        <NeededToken scope="write" error={error} />
        <Segmented
          label={t`Where it goes`}
          value={target}
          choices={[
            ['email', t`By e-mail`],
            ['s3', t`To the bucket (S3)`],
          ]}
          onChange={(next) => setTarget(next)}
        />
        {target === 'email' ? (
          <>
            <label htmlFor={`${id}recipients`}>
              <Trans>Recipients, up to 50 addresses</Trans>
            </label>
            <textarea
              id={`${id}recipients`}
              name="recipients"
              className="field"
              rows={2}
              required
              placeholder="ada@example.com"
            />
          </>
        ) : (
          <p className="note">
            <Trans>Kept for 90 days in the bucket of this installation.</Trans>
          </p>
        )}
        <Segmented
          label={t`How often`}
          value={every}
          choices={[
            ['day', t`Daily`],
            ['week', t`Weekly`],
            ['month', t`Monthly`],
            ['new_data', t`With new data`],
          ]}
          onChange={(next) => setEvery(next)}
        />
        {every === 'new_data' ? (
          <p className="note">
            <Trans>After each change of the market’s data, at most once an hour.</Trans>
          </p>
        ) : (
          <div className={classes.pair}>
            {every === 'week' && (
              <label>
                <span>
                  <Trans>Day</Trans>
                </span>
                <select name="weekday" className="field" defaultValue={1}>
                  {weekdays.map((name, i) => (
                    <option key={name} value={i + 1}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
            )}
            {every === 'month' && (
              <label>
                <span>
                  <Trans>Day</Trans>
                </span>
                <select name="day" className="field" defaultValue={1}>
                  {Array.from({ length: 28 }, (_, i) => i + 1).map((day) => (
                    <option key={day}>{day}</option>
                  ))}
                  <option value="last">{t`Last`}</option>
                </select>
              </label>
            )}
            <label>
              <span>
                <Trans>Time</Trans>
              </span>
              <input name="time" type="time" className="field" defaultValue="07:30" required />
            </label>
            <label>
              <span>
                <Trans>Time zone</Trans>
              </span>
              <select name="zone" className="field" defaultValue={ownZone}>
                {zones.map((zone) => (
                  <option key={zone}>{zone}</option>
                ))}
              </select>
            </label>
          </div>
        )}
        <label htmlFor={`${id}title`}>
          <Trans>Subject</Trans>
        </label>
        <input
          id={`${id}title`}
          name="title"
          className="field"
          required
          maxLength={100}
          defaultValue={[title, market?.name].join(', ').slice(0, 100)}
        />
        <details>
          <summary>
            <Trans>Form, failures</Trans>
          </summary>
          <Segmented
            label={t`Form`}
            value={form}
            choices={forms.map((each) => [each, formNames[each]] as const)}
            onChange={(next) => setForm(next)}
          />
          <label htmlFor={`${id}failures`}>
            <Trans>Who gets the reason when a run fails</Trans>
          </label>
          <input id={`${id}failures`} name="failures" type="email" className="field" />
        </details>
        <Fault error={error} />
        <p className="buttons">
          <button type="submit" className="button main" disabled={make.isPending}>
            <Trans>Schedule it</Trans>
          </button>
        </p>
      </form>
    </Dialog>
  );
}
