import { Trans, useLingui } from '@lingui/react/macro';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useState } from 'react';
import { get, write } from '../api/client.ts';
import { previewDefinition } from '../api/reporting.ts';
import { Fault } from '../parts/fault.tsx';
import parts from '../parts/part.module.css';
import { Failure, Skeleton } from '../parts/states.tsx';
import { NeededToken } from '../parts/token-field.tsx';
import view from '../parts/view.module.css';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { ReportFrame } from './report-frame.tsx';
import classes from './reports.module.css';

/** Stands for the name of a report that is not saved yet. */
export const newName = '';

/** What a new report begins with. */
const example = {
  title: 'The regions',
  summary: 'Medians and sales of each region',
  blocks: [
    {
      type: 'figures',
      question: 'summary',
      figures: [
        { member: 'median_price', title: 'Median price', format: 'money' },
        { member: 'sales', title: 'Sales' },
      ],
    },
    { type: 'heading', text: 'Prices over time' },
    {
      type: 'chart',
      kind: 'lines',
      question: 'trend',
      parameters: { interval: 'year', group_by: 'type' },
      alt: 'Median prices by year and type.',
    },
    {
      type: 'table',
      title: 'Regions',
      question: 'areas',
      parameters: { level: 'region' },
      columns: [
        { member: 'area', title: 'Region' },
        { member: 'sales', title: 'Sales' },
        { member: 'median', title: 'Median', format: 'money' },
      ],
    },
  ],
};

interface DefinitionEditorProps {
  /** Of the definition; {@link newName} for a new one. */
  name: string;
  onClose(): void;
}

/** The definition of a custom report as JSON, with its preview beside it. */
export function DefinitionEditor({ name, onClose }: DefinitionEditorProps) {
  const { address } = usePage();
  const { data, error, refetch } = useQuery({
    queryKey: ['/reporting/definitions', name, address.edition],
    queryFn: async ({ signal }) => {
      if (name === newName) return example;
      const path = `/reporting/definitions/${name}` as '/reporting/definitions/{name}';
      return (await get(path, { edition: address.edition }, signal)).definition;
    },
    // What is typed would be lost.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error) {
    return <Failure title={<Trans>The definition has not loaded.</Trans>} error={error} retry={refetch} />;
  }
  if (!data) return <Skeleton height={700} />;
  return <Editor name={name} before={JSON.stringify(data, null, 2)} onClose={onClose} />;
}

/** Milliseconds after the last key before the preview is made. */
const pause = 600;

function Editor({ name: named, before, onClose }: { name: string; before: string; onClose(): void }) {
  const { t } = useLingui();
  const { market, show } = usePage();
  const queries = useQueryClient();
  const id = useId();
  const [name, setName] = useState(named);
  const [text, setText] = useState(before);
  const [settled, setSettled] = useState(before);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pause);
    return () => clearTimeout(timer);
  }, [text]);
  const parsed = useMemo(() => parse(settled), [settled]);
  const preview = useQuery({
    queryKey: ['/reporting/preview', market?.code, settled],
    queryFn: ({ signal }) => previewDefinition(parsed.value, { market: market?.code }, signal),
    enabled: parsed.fault === undefined && market !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const save = useMutation({
    mutationFn: () => write('put', '/reporting/definitions/{name}', name, parse(text).value as never),
    async onSuccess({ edition }) {
      await queries.invalidateQueries({
        predicate: ({ queryKey }) => /^\/reporting(\/definitions|\/custom\/.*)?$/.test(String(queryKey[0])),
      });
      notify(t`Edition ${edition} of “${name}” is saved.`);
      show({ report: `custom/${name}`, edition: undefined });
      onClose();
    },
  });
  const fault = parsed.fault ? t`This is not JSON: ${parsed.fault}` : (preview.error ?? save.error)?.message;
  return (
    <>
      <h1>{named === newName ? <Trans>A report of your own</Trans> : named}</h1>
      <p className="note">
        <Trans>
          Blocks in their order, each with a question of the API. <a href="/api/docs">Questions and their members</a>
        </Trans>
      </p>
      <div className={view.grid}>
        <form
          className={`${parts.part} ${classes.editor}`}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <h2>
            <Trans>Definition</Trans>
          </h2>
          {named === newName && (
            <>
              <label htmlFor={`${id}name`}>
                <Trans>Name in its address: lower-case letters, digits, hyphens</Trans>
              </label>
              <input
                id={`${id}name`}
                className="field"
                required
                pattern="[a-z0-9][a-z0-9\-]{0,59}"
                autoComplete="off"
                value={name}
                onChange={({ target }) => setName(target.value)}
              />
            </>
          )}
          <label htmlFor={`${id}text`}>JSON</label>
          <textarea
            id={`${id}text`}
            className={`field ${classes.code}`}
            spellCheck={false}
            value={text}
            aria-invalid={fault !== undefined}
            aria-describedby={`${id}fault`}
            onChange={({ target }) => setText(target.value)}
          />
          <div id={`${id}fault`} aria-live="polite">
            <Fault error={fault} />
          </div>
          <NeededToken scope="write" error={save.error} />
          <p className="buttons">
            <button type="submit" className="button main" disabled={save.isPending || parsed.fault !== undefined}>
              <Trans>Save</Trans>
            </button>
            <button type="button" className="button quiet" onClick={onClose}>
              <Trans>Not now</Trans>
            </button>
          </p>
        </form>
        <section className={`${parts.part} ${classes.beside7}`} aria-label={t`Preview`}>
          {preview.data ? (
            <ReportFrame
              title={name || t`A report of your own`}
              html={preview.data.html}
              isStale={preview.isPlaceholderData || fault !== undefined}
            />
          ) : preview.error ? (
            <p className="note">
              <Trans>The preview appears when the definition is valid.</Trans>
            </p>
          ) : (
            <Skeleton height={720} />
          )}
        </section>
      </div>
    </>
  );
}

function parse(text: string): { value?: unknown; fault?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}
