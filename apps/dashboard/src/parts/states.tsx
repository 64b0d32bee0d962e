/** What a view shows instead of figures. */
import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useEffect, useState } from 'react';
import { isTransient, Problem } from '../api/client.ts';
import classes from './states.module.css';

/** The shape and size of what comes, so that nothing moves when it does. */
export function Skeleton({ height }: { height: number }) {
  const { t } = useLingui();
  return (
    <div className={classes.skeleton} style={{ height }} aria-busy="true" role="img" aria-label={t`Loading`}>
      <i />
      <i />
      <i />
    </div>
  );
}

interface FailureProps {
  /** What could not be loaded, as a sentence. */
  title: ReactNode;
  error: Error;
  retry(): void;
}

/** Seconds until a request that may succeed is repeated. */
const retryAfter = 20;

export function Failure({ title, error, retry }: FailureProps) {
  const canRetry = isTransient(error);
  const [left, setLeft] = useState(retryAfter);
  useEffect(() => {
    if (!canRetry) return;
    if (left <= 0) {
      setLeft(retryAfter);
      retry();
      return;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1_000);
    return () => clearTimeout(timer);
  }, [canRetry, left, retry]);
  const request = error instanceof Problem ? error.request : undefined;
  return (
    <div role="alert" className={classes.failure}>
      <p>
        <b>{title}</b>
      </p>
      <p className="note">{error.message}</p>
      {canRetry && (
        <p className="buttons">
          <button type="button" className="button main" onClick={retry}>
            <Trans>Try again</Trans>
          </button>
        </p>
      )}
      {(canRetry || request) && (
        <p className={classes.details} aria-live="off">
          {canRetry && <Trans>Trying again in {left} s.</Trans>} {request && <Trans>Request {request}</Trans>}
        </p>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
