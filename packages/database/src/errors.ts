import pg from 'pg';

/** There is no database to talk to: refused, lost, starting up, shutting down or out of connections. Trying again later may succeed. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable';

  constructor(cause: unknown, message = 'The database cannot be reached at the moment.') {
    super(message, { cause });
  }
}

/** The connection was lost between asking for the commit and hearing of it, so the change may have been saved or not. */
export class CommitUnknown extends DatabaseUnavailable {
  override readonly name = 'CommitUnknown';
  /** Saved if, and only if, a revision with this id exists. */
  readonly revisionId: number;

  constructor(cause: unknown, revisionId: number) {
    super(
      cause,
      'The connection to the database was lost while the change was being saved. It may have been saved: look before trying again.',
    );
    this.revisionId = revisionId;
  }
}

/** Thrown out of `Database.write` after `abandon()`: everything was rolled back, nothing changed. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';

  constructor() {
    super('The change was abandoned; nothing was changed.');
  }
}

/** A revision cannot be undone, for the reason that the message tells. */
export class CannotUndo extends Error {
  override readonly name = 'CannotUndo';
}

/** Whether the server said that it ends this session: class 08 (connection), 57P (shutdown, restart, idle timeout) or too many connections. */
export function isSessionEnd(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(08|57P0[1-5]|53300|25P03)/.test(error.code ?? '');
}

/** Whether the server refused the user or the password, which is what a rotated secret looks like. */
export function isRefusedLogin(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '28P01' || error.code === '28000');
}

/** Whether a reader broke a statement off because it stood in the way of what the reader had to apply. */
export function isRecoveryConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '40001';
}
