/** Messages that stay until they are closed or the page is left. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useSyncExternalStore } from 'react';
import classes from './notices.module.css';

interface Notice {
  text: string;
  /** What can be done about it. */
  action?: { label: string; run(): void };
}

let current: Notice | undefined;
const listeners = new Set<() => void>();

function set(notice: Notice | undefined): void {
  current = notice;
  for (const listener of listeners) listener();
}

/** Shows a message in place of the previous one. */
export const notify = (text: string, action?: Notice['action']): void => set({ text, action });

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Notices() {
  const { t } = useLingui();
  const notice = useSyncExternalStore(subscribe, () => current);
  return (
    <div role="status" className={`${classes.notices} screen`}>
      {notice && (
        <p className={classes.notice}>
          <span>{notice.text}</span>
          {notice.action && (
            <button
              type="button"
              onClick={() => {
                set(undefined);
                notice.action?.run();
              }}
            >
              {notice.action.label}
            </button>
          )}
          <button type="button" aria-label={t`Close`} onClick={() => set(undefined)}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}

function subscribeToConnection(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}

export function Offline() {
  const online = useSyncExternalStore(subscribeToConnection, () => navigator.onLine);
  if (online) return null;
  return (
    <p role="status" className={classes.offline}>
      <Trans>You are offline. What is on the page stays; other filters wait for the connection.</Trans>
    </p>
  );
}
