/** Notes on the charts of a market: dated sentences, such as a change of law. */
import { Trans, useLingui } from '@lingui/react/macro';
import { type Interval, type PlacedNote, placeNotes, type TrendPeriod } from '@property-insights/charts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useMemo, useState } from 'react';
import { mayDo, useAccess } from '../api/access.ts';
import { request } from '../api/client.ts';
import { useNotes } from '../api/queries.ts';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { Confirmed } from './confirmed.tsx';
import { Dialog } from './dialog.tsx';
import { Form } from './form.tsx';
import classes from './notes.module.css';
import { NeededToken } from './token-field.tsx';

type Note = PlacedNote & { id: string };

/** The notes of the market that are on a chart of these periods. */
export function usePlacedNotes(periods: TrendPeriod[], interval: Interval): Note[] {
  const { address, market } = usePage();
  const { data } = useNotes(market?.code, address.as_of);
  return useMemo(
    () =>
      placeNotes(
        data ?? [],
        periods.map(({ day }) => day),
        interval,
      ),
    [data, periods, interval],
  );
}

/** The notes of a period, as facts about each of its points. */
export function useNoteFacts() {
  const { t } = useLingui();
  return (notes: Note[], at: number): [string, string][] =>
    notes.flatMap(({ number, period, text }) => (period === at ? [[t`Note ${number}`, text] as [string, string]] : []));
}

/** The notes of a period in the table of a chart. */
export function NotesOf({ notes, period: of }: { notes: Note[]; period: number }) {
  return notes.map(({ id, number, period, text }) =>
    period === of ? (
      <small key={id} className={classes.inTable}>
        {number}: {text}
      </small>
    ) : null,
  );
}

/** The sentences of the numbered lines, where notes are also added and removed. */
export function Notes({ notes }: { notes: Note[] }) {
  const { address, market, format } = usePage();
  const queries = useQueryClient();
  const { data: access } = useAccess();
  const [adding, setAdding] = useState(false);
  const path = `/api/markets/${market?.code}/notes`;
  const remove = useMutation({
    mutationFn: (id: string) => request(`${path}/${id}`, { method: 'DELETE' }),
    // The market has another version.
    onSuccess: () => queries.invalidateQueries(),
  });
  const isPresent = address.as_of === undefined;
  const mayWrite = isPresent && access !== undefined && mayDo(access, 'write');
  if (notes.length === 0 && !isPresent) return null;
  return (
    <div className={classes.notes}>
      {notes.length > 0 && (
        <ol>
          {notes.map(({ id, number, day, text }) => (
            <li key={id}>
              <b>{number}</b>
              <span>
                <span className="muted">{format.day(day)}</span> {text}
              </span>
              {mayWrite && (
                <span className="screen">
                  <Confirmed
                    label={<Trans>Remove</Trans>}
                    question={<Trans>Remove this note? The history undoes it.</Trans>}
                    isPending={remove.isPending}
                    onConfirm={() => remove.mutate(id)}
                  />
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
      {remove.error && <p role="alert">{remove.error.message}</p>}
      {isPresent && (
        <button
          type="button"
          className={`${classes.add} screen`}
          aria-haspopup="dialog"
          onClick={() => setAdding(true)}
        >
          <Trans>Add a note</Trans>
        </button>
      )}
      {adding && <AddNote path={path} onClose={() => setAdding(false)} />}
    </div>
  );
}

function AddNote({ path, onClose }: { path: string; onClose(): void }) {
  const { t } = useLingui();
  const { market } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const add = useMutation({
    mutationFn: (form: FormData) =>
      request(path, {
        method: 'POST',
        body: JSON.stringify({ day: form.get('day'), text: form.get('text') }),
        headers: { 'content-type': 'application/json' },
      }),
    async onSuccess() {
      notify(t`The note is on the charts of ${market?.name ?? ''}.`);
      onClose();
      // The market has another version.
      await queries.invalidateQueries();
    },
  });
  return (
    <Dialog title={<Trans>Add a note</Trans>} onClose={onClose}>
      <Form submit={<Trans>Add it</Trans>} save={add}>
        <p className="note">
          <Trans>
            Everybody sees it on the charts of {market?.name}. It is a revision of the market, and can be undone.
          </Trans>
        </p>
        <label htmlFor={`${id}day`}>
          <Trans>Day</Trans>
        </label>
        <input id={`${id}day`} name="day" type="date" className="field" required />
        <label htmlFor={`${id}text`}>
          <Trans>One sentence, such as a change of law</Trans>
        </label>
        <input id={`${id}text`} name="text" className="field" required maxLength={300} autoComplete="off" />
        <NeededToken scope="write" error={add.error} />
      </Form>
    </Dialog>
  );
}
