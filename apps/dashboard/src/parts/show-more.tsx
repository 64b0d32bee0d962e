import { Trans } from '@lingui/react/macro';
import { type ReactNode, useId } from 'react';

interface ShowMoreProps {
  /** A list as React Query returns it, page by page. */
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; error: Error | null; fetchNextPage(): unknown };
  children?: ReactNode;
}

/** A button that adds the next page of a list, if there is one. It keeps the focus, so that the keyboard can press it again. */
export function ShowMore({ list, children = <Trans>Show more</Trans> }: ShowMoreProps) {
  const failure = useId();
  if (!list.hasNextPage) return null;
  return (
    <span className="screen">
      <button
        type="button"
        className="button small"
        aria-busy={list.isFetchingNextPage}
        aria-describedby={list.error ? failure : undefined}
        onClick={() => list.isFetchingNextPage || list.fetchNextPage()}
      >
        {children}
      </button>
      {list.error && (
        <span id={failure} role="alert" className="note">
          {' '}
          {list.error.message}
        </span>
      )}
    </span>
  );
}
