import { Trans, useLingui } from '@lingui/react/macro';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { isTransient, sendFiles } from '../api/client.ts';
import { Fault } from '../parts/fault.tsx';
import { Skeleton } from '../parts/states.tsx';
import { needsToken, TokenField } from '../parts/token-field.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';
import { beginningOf, type Chosen } from './files.ts';
import { rememberSending } from './interrupted.tsx';
import type { Mapping } from './mapping.ts';
import { PreviewedFile } from './previewed-file.tsx';

/** What has been sent of files, and in how many seconds. */
interface Sent {
  share: number;
  seconds: number;
}

/** Bytes from which on the progress of a preview is shown. */
const shownFrom = 20e6;

/** Measures the time of a transfer from now on. */
function progress(show: (sent: Sent) => void): (share: number) => void {
  const start = performance.now();
  return (share) => show({ share, seconds: (performance.now() - start) / 1000 });
}

interface LoadProps {
  chosen: Chosen;
  /** Gets the id of the import. */
  onSent(id: string): void;
  onCancel(): void;
}

/** Files before they are loaded: how they are read, and what they leave open. */
export function Load({ chosen: { files, skipped }, onSent, onCancel }: LoadProps) {
  const { format, market } = usePage();
  const edition = useId();
  const [mapping, setMapping] = useState<Mapping>();
  const [isEdition, setEdition] = useState(false);
  const [isTolerant, setTolerant] = useState(false);
  const [sent, setSent] = useState<Sent>();
  /** What has been sent for the preview, of files that are sent whole. */
  const [read, setRead] = useState<Sent>();
  const sending = useRef<AbortController>(undefined);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const query = { market: market?.code, ...(isEdition && { edition: 'complete' as const }) };
  const form = (files: File[]) => {
    const form = new FormData();
    if (mapping) form.append('mapping', JSON.stringify(mapping));
    for (const file of files) form.append('files', file, file.name);
    return form;
  };
  const preview = useQuery({
    // The files are those of this component.
    queryKey: ['/api/imports/preview', market?.code, edition, isEdition, mapping],
    queryFn: async ({ signal }) => {
      // A complete edition is compared with the market, so all of it is read.
      const sent = isEdition ? files : await Promise.all(files.map(beginningOf));
      const onProgress = progress(setRead);
      return sendFiles('/api/imports/preview', query, form(sent), {
        signal,
        ...(sent.some(({ size }) => size > shownFrom) && { onProgress }),
      });
    },
    enabled: market !== undefined && files.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const load = useMutation({
    mutationFn: () => {
      sending.current = new AbortController();
      const onProgress = progress(setSent);
      onProgress(0);
      rememberSending({ market: market?.code, files: files.map(({ name }) => name), bytes });
      return sendFiles('/api/imports', { ...query, ...(isTolerant && { max_rejects: 1 }) }, form(files), {
        signal: sending.current.signal,
        onProgress,
      });
    },
    onSuccess: ({ id }) => onSent(id),
    onSettled: () => {
      setSent(undefined);
      rememberSending(undefined);
    },
  });
  const isSending = load.isPending;
  useEffect(() => {
    if (!isSending) return;
    // Other views can be opened meanwhile, but a page that is closed sends nothing.
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isSending]);
  const { data, error } = preview;
  const isReady =
    data && !preview.isPlaceholderData && data.error === null && data.files.every(({ error }) => error === null);
  const shown = error ?? (sending.current?.signal.aborted ? null : load.error);
  return (
    <section className={classes.part}>
      <h2>
        <Trans>Before they are loaded</Trans>
      </h2>
      <p>
        {files.length === 1 ? (
          <Trans>
            <b>{files[0]?.name}</b> into {market?.name}, {format.bytes(bytes)}
          </Trans>
        ) : (
          <Trans>
            <b>{format.count(files.length)} files</b> into {market?.name}, {format.bytes(bytes)}
          </Trans>
        )}
      </p>
      {skipped.length > 0 && (
        <p className="note">
          <Trans>
            Not loaded, because their names do not end as those of sales files: {format.list(skipped.slice(0, 10))}
          </Trans>
        </p>
      )}
      <Fault error={shown} />
      {needsToken(shown) && (
        <>
          <TokenField scope="write" />
          <p className="buttons">
            <button type="button" className="button" onClick={() => preview.refetch()}>
              <Trans>Try again</Trans>
            </button>
          </p>
        </>
      )}
      {read && !data && (
        <Sending sent={read} bytes={bytes} onCancel={onCancel}>
          <Trans>Packed files are sent whole to be read, and once more to be loaded.</Trans>
        </Sending>
      )}
      {preview.isLoading && <Skeleton height={240} />}
      <Fault error={data?.error} />
      <div className={preview.isPlaceholderData ? classes.stale : undefined} aria-busy={preview.isPlaceholderData}>
        {data?.files.map((file, i) => (
          <PreviewedFile
            key={file.name}
            file={file}
            // Files of one known format are read alike.
            isBrief={file.format !== 'table' && data.files.findIndex(({ format }) => format === file.format) < i}
            mapping={mapping}
            onMapping={setMapping}
          />
        ))}
      </div>
      {data?.more_files && (
        <p className="note">
          <Trans>The other files are read when they are loaded.</Trans>
        </p>
      )}
      <p>
        <label>
          <input type="checkbox" checked={isEdition} onChange={({ target }) => setEdition(target.checked)} />{' '}
          <Trans>A complete edition: sales of the same source that it lacks are retired</Trans>
        </label>
      </p>
      <p>
        <label>
          <input type="checkbox" checked={isTolerant} onChange={({ target }) => setTolerant(target.checked)} />{' '}
          <Trans>Load the other rows, however many cannot be read</Trans>
        </label>
      </p>
      {isEdition && data?.retires != null && (
        <p className="note">
          <Trans>{format.count(data.retires)} sales in force are not in these files and would be retired.</Trans>
        </p>
      )}
      {sent === undefined ? (
        <p className="buttons">
          <button type="button" className="button main" disabled={!isReady} onClick={() => load.mutate()}>
            {load.isError && isTransient(load.error) ? (
              <Trans>Send the files again</Trans>
            ) : (
              <Trans>Load into {market?.name}</Trans>
            )}
          </button>
          <button type="button" className="button quiet" onClick={onCancel}>
            <Trans>Not now</Trans>
          </button>
          {data && !isReady && !preview.isFetching && (
            <span className="note">
              <Trans>What is asked above has to be answered first.</Trans>
            </span>
          )}
        </p>
      ) : (
        <Sending sent={sent} bytes={bytes} onCancel={() => sending.current?.abort()}>
          <Trans>You can open other views meanwhile, but leave this page open.</Trans>
        </Sending>
      )}
    </section>
  );
}

interface SendingProps {
  sent: Sent;
  bytes: number;
  onCancel(): void;
  children: ReactNode;
}

/** The progress of a transfer. */
function Sending({ sent: { share, seconds }, bytes, onCancel, children }: SendingProps) {
  const { t } = useLingui();
  const { format } = usePage();
  return (
    <>
      <div className={classes.bar} role="progressbar" aria-label={t`Sending`} aria-valuenow={Math.round(share * 100)}>
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <p className="buttons">
        <span>
          <Trans>
            Sending, {format.percent(share)} of {format.bytes(bytes)}
          </Trans>
          {seconds > 1 && share > 0 && (
            <>
              {', '}
              <Trans>{format.bytes((bytes * share) / seconds)} a second</Trans>
              {', '}
              <b>
                <Trans>about {format.duration((seconds / share) * (1 - share))} left</Trans>
              </b>
            </>
          )}
          <br />
          <span className="note">{children}</span>
        </span>
        <button type="button" className="button" onClick={onCancel}>
          <Trans>Cancel</Trans>
        </button>
      </p>
    </>
  );
}
