/** The states of the page without figures: errors and empty results. */
import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { isTransient } from './api/client.ts';
import classes from './states.module.css';

/** An error, with a button to retry if a retry may succeed. */
export function Failure({ title, error, retry }: { title: string; error: Error; retry: () => void }) {
  return (
    <div role="alert" className={classes.failure}>
      <div>
        <strong>{title}</strong>
        <p>{error.message}</p>
      </div>
      {isTransient(error) && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** An empty result: the reason, and what the user can do. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.empty}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Shows an error for a part of the page that fails to render or load, for example because a newer release replaced it, and offers a reload. */
export class Boundary extends Component<{ title: string; children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError() {
    return { error: new Error('A part of this page did not load. A newer version may have been released meanwhile.') };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <Failure title={this.props.title} error={error} retry={() => window.location.reload()} />;
  }
}
