/** The lists of what was made of reports. */
import { Trans } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { Fault } from '../parts/fault.tsx';
import parts from '../parts/part.module.css';
import { ShowMore } from '../parts/show-more.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { usePage } from '../use-page.ts';
import classes from './reports.module.css';

interface ListState<T> {
  data: T[] | undefined;
  error: Error | null;
  refetch(): unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): unknown;
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

export function Part<T>({ title, span, list, empty, children }: PartProps<T>) {
  const { format } = usePage();
  const { data, error, refetch } = list;
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
      {data && (all || data.length <= shownFirst) && <ShowMore list={list} />}
    </section>
  );
}

interface ItemProps {
  title: ReactNode;
  /** Remarks, one after the other. */
  notes: ReactNode[];
  ended?: boolean;
  /** How it stands, where it may be a fault. */
  state?: ReactNode;
  error: Error | null;
  children?: ReactNode;
}

export function Item({ title, notes, ended = false, state, error, children }: ItemProps) {
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
      {state}
      <Fault error={error} />
      {children && <div className="buttons">{children}</div>}
    </li>
  );
}
