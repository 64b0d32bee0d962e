/** How the page says that there is nothing to show, yet or at all. */
import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { isTransient } from './api/client.ts';
import classes from './states.module.css';

/** A sentence about what went wrong, and a way to try again where that can help. */
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

/** Nothing to show, why, and what to do about it. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.empty}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Catches what can't be drawn, such as a part of the page that a newer release has replaced, and offers a fresh page. */
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
