import { Trans } from '@lingui/react/macro';
import { useQueryClient } from '@tanstack/react-query';
import { CatchBoundary, type ErrorComponentProps } from '@tanstack/react-router';
import { Children, type ReactNode } from 'react';
import { writeQuery } from '../address.ts';
import { usePage } from '../use-page.ts';
import classes from './states.module.css';
import view from './view.module.css';

/** The sections of a view, side by side. One that throws does not take the others with it. */
export function Panels({ children }: { children: ReactNode }) {
  return <div className={view.grid}>{Children.map(children, (panel) => (panel ? <Panel>{panel}</Panel> : null))}</div>;
}

/** A part of the page. If it throws, a message and a button take its place, until it is tried again or the address changes. */
export function Panel({ children }: { children: ReactNode }) {
  const { address } = usePage();
  return (
    <CatchBoundary getResetKey={() => writeQuery(address)} errorComponent={Broken}>
      {children}
    </CatchBoundary>
  );
}

function Broken({ reset }: ErrorComponentProps) {
  const queries = useQueryClient();
  return (
    <div role="alert" className={classes.failure}>
      <p>
        <b>
          <Trans>This part could not be drawn.</Trans>
        </b>
      </p>
      <p className="note">
        <Trans>The rest of the page is not affected.</Trans>
      </p>
      <p className="buttons">
        <button
          type="button"
          className="button"
          onClick={() => {
            // What threw may be an answer. The parts that are shown keep theirs.
            queries.removeQueries({ type: 'inactive' });
            reset();
          }}
        >
          <Trans>Try again</Trans>
        </button>
      </p>
    </div>
  );
}
