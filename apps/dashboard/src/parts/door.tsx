import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Rows, writeQuery } from '../address.ts';

interface DoorProps {
  /** The sales behind the figure. */
  rows: Rows;
  /** The whole name, if the figure alone does not say what it opens. */
  name?: string;
  className?: string;
  children: ReactNode;
}

/** A figure that opens the sales it is made of. Their filters are in the address, so the open drawer can be linked to. */
export function Door({ rows, name, className = '', children }: DoorProps) {
  return (
    <Link
      to="."
      search={(before) => ({ ...before, rows: writeQuery(rows) })}
      resetScroll={false}
      preload={false}
      className={`door ${className}`}
      aria-label={name}
    >
      {children}
    </Link>
  );
}
