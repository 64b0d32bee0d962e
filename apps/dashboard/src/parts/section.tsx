import { Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, type ReactNode, type RefObject, useId, useRef, useState } from 'react';
import { type Address, type Filters, filtersOf } from '../address.ts';
import { getCsv } from '../api/client.ts';
import { addressOfQuestion, type Question, takeInHand } from '../api/queries.ts';
import type { LeftOut as LeftOutCounts } from '../api/types.ts';
import { notify } from '../shell/notices.tsx';
import { Cite } from './cite.tsx';
import { Explained, type Measure } from './explained.tsx';
import { saveFile } from './files.ts';
import { isShortcut } from './keys.ts';
import { LeftOut } from './left-out.tsx';
import classes from './section.module.css';
import { Failure, Skeleton } from './states.tsx';

/** The state of what is drawn, as React Query returns it for an answer. */
interface AnswerState<T> {
  data: T | undefined;
  error: Error | null;
  isPlaceholderData: boolean;
  refetch(): unknown;
}

interface SectionProps<T> {
  title: string;
  /** What is drawn and how to read it. */
  note?: ReactNode;
  /** Controls beside the title. */
  aside?: ReactNode;
  /** Columns of twelve. */
  span?: 3 | 4 | 5 | 6 | 7 | 8 | 9 | 12;
  /** Whether two sections are beside it. */
  tall?: boolean | undefined;
  answer: AnswerState<T>;
  /** The height of the content in pixels, which its skeleton has too. */
  height: number;
  children(data: T): ReactNode;
  /** The same as a table. */
  table?(data: T): ReactNode;
  /** What it rests on. */
  footing?(data: T): ReactNode;
  /** The sales that the answer to the question leaves out. */
  leftOut?: LeftOutCounts | undefined;
  /** The filters under which they are left out, if not those of the question; null if no filters select just them. */
  leftOutFilters?: Filters | null | undefined;
  /** The measures that it explains. */
  measures?: readonly Measure[] | undefined;
  /** The question whose answer can be downloaded and cited. */
  question?: Question;
  /** Whether the file has all pages of the answer. */
  everyPage?: boolean;
}

/** A part of a view: a rule, a title, a note, the thing, a footing. */
export function Section<T>(props: SectionProps<T>) {
  const { title, note, aside, span = 12, tall, answer, height, children, table, footing, leftOut, question } = props;
  const { leftOutFilters = question && filtersOf(question.query as Address) } = props;
  const heading = useId();
  const [tabular, setTabular] = useState(false);
  const [citing, setCiting] = useState(false);
  const actions = useRef<HTMLSpanElement>(null);
  const { data, error, isPlaceholderData, refetch } = answer;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isShortcut(event)) return;
    if (event.key === 'c' && question) setCiting(true);
    if (event.key !== 't' || !table) return;
    setTabular(!tabular);
    // What had the focus is no longer there.
    actions.current?.querySelector<HTMLButtonElement>('[aria-pressed]')?.focus();
  };
  return (
    <section
      className={classes.section}
      data-span={span}
      data-rows={tall ? 2 : 1}
      aria-labelledby={heading}
      onPointerDownCapture={() => question && takeInHand(question.path)}
      onKeyDownCapture={() => question && takeInHand(question.path)}
      onKeyDown={onKeyDown}
    >
      <header className={classes.head}>
        <div>
          <h2 id={heading}>{title}</h2>
          {note && <p className="note">{note}</p>}
        </div>
        {aside}
      </header>
      <div
        className={classes.thing}
        style={{ minHeight: data === undefined ? height : undefined }}
        aria-busy={!data || isPlaceholderData}
      >
        {error && !data ? (
          <Failure title={<Trans>This part has not loaded.</Trans>} error={error} retry={refetch} />
        ) : data === undefined ? (
          <Skeleton height={height} />
        ) : (
          <div className={isPlaceholderData ? classes.stale : undefined}>
            {tabular && table ? <div className={classes.table}>{table(data)}</div> : children(data)}
          </div>
        )}
      </div>
      <footer className={classes.footing}>
        <span>
          {data !== undefined && footing?.(data)}
          {leftOut && leftOut.count > 0 && <LeftOut leftOut={leftOut} filters={leftOutFilters} />}
        </span>
        <Actions
          ref={actions}
          title={title}
          question={question}
          everyPage={props.everyPage}
          measures={props.measures}
          tabular={tabular}
          onTabular={table && setTabular}
          onCite={() => setCiting(true)}
        />
      </footer>
      {citing && question && <Cite title={title} question={question} onClose={() => setCiting(false)} />}
    </section>
  );
}

interface ActionsProps {
  ref: RefObject<HTMLSpanElement | null>;
  title: string;
  question: Question | undefined;
  everyPage: boolean | undefined;
  measures: readonly Measure[] | undefined;
  tabular: boolean;
  onTabular: ((tabular: boolean) => void) | undefined;
  onCite(): void;
}

function Actions({ ref, title, question, everyPage, measures, tabular, onTabular, onCite }: ActionsProps) {
  const { t } = useLingui();
  const [asked, setAsked] = useState<'file' | 'copy'>();
  /** A long answer takes a while. */
  const csv = async (what: 'file' | 'copy', use: (text: string) => Promise<void> | void) => {
    if (!question || asked) return;
    setAsked(what);
    await getCsv(addressOfQuestion(question), everyPage).then(use, (error: Error) => notify(error.message));
    setAsked(undefined);
  };
  return (
    <span ref={ref} className={`${classes.actions} screen`}>
      {measures && <Explained name={t`${title}: explain`} measures={measures} />}
      {onTabular && (
        <button
          type="button"
          aria-pressed={tabular}
          aria-label={t`${title}: table`}
          onClick={() => onTabular(!tabular)}
        >
          <Trans>Table</Trans>
        </button>
      )}
      {question && (
        <>
          <button
            type="button"
            aria-label={t`${title}: download as CSV`}
            aria-busy={asked === 'file'}
            onClick={() => csv('file', (text) => saveFile(text, `${title}.csv`, 'text/csv'))}
          >
            {asked === 'file' ? 'CSV …' : 'CSV'}
          </button>
          <button
            type="button"
            aria-label={t`${title}: copy as CSV`}
            aria-busy={asked === 'copy'}
            onClick={() =>
              csv('copy', async (text) => {
                await navigator.clipboard.writeText(text);
                notify(t`${title}: copied as CSV.`);
              })
            }
          >
            <Trans>Copy</Trans>
          </button>
          <button type="button" aria-label={t`${title}: cite`} aria-haspopup="dialog" onClick={onCite}>
            <Trans>Cite</Trans>
          </button>
        </>
      )}
    </span>
  );
}
