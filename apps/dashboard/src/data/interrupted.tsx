/** Files that were being sent when the page was closed or reloaded. */
import { Trans } from '@lingui/react/macro';
import { useState } from 'react';
import { remembered } from '../preferences.ts';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';

interface Interrupted {
  market: string | undefined;
  files: string[];
  bytes: number;
}

/** Remembers what is being sent until this tab is closed; undefined when it has ended. */
export function rememberSending(sending: Interrupted | undefined): void {
  remembered.sending.write(sending && JSON.stringify(sending));
}

/** Asks for the files of an upload that a reload has interrupted: a browser does not keep them, and the service has discarded what it received. */
export function InterruptedUpload() {
  const { market, format } = usePage();
  const [interrupted, setInterrupted] = useState(() => {
    const text = remembered.sending.read();
    return text === undefined ? undefined : (JSON.parse(text) as Interrupted);
  });
  if (!interrupted || interrupted.market !== market?.code) return null;
  const { files, bytes } = interrupted;
  const close = () => {
    rememberSending(undefined);
    setInterrupted(undefined);
  };
  return (
    <div role="alert" className={classes.interrupted}>
      <p>
        <b>
          <Trans>The page was closed while files were sent.</Trans>
        </b>{' '}
        <Trans>Nothing was loaded. Choose the same files to send them again from the beginning:</Trans>{' '}
        {files.length > 3 ? `${files.slice(0, 3).join(', ')}, …` : files.join(', ')}, {format.bytes(bytes)}
      </p>
      <button type="button" className="button small quiet" onClick={close}>
        <Trans>Close</Trans>
      </button>
    </div>
  );
}
