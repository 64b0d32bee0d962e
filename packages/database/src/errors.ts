import pg from 'pg';

/** The database cannot be reached: the connection was refused or lost, or the server is starting, stopping or out of connections. A retry may succeed. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable';

  constructor(cause: unknown, message = 'The database cannot be reached at the moment.') {
    super(message, { cause });
  }
}

/** The connection was lost during the commit, so the change may have been saved or not. */
export class CommitUnknown extends DatabaseUnavailable {
  override readonly name = 'CommitUnknown';
  /** The change was saved if and only if a revision with this id exists. */
  readonly revisionId: number;

  constructor(cause: unknown, revisionId: number) {
    super(
      cause,
      'The connection to the database was lost while the change was being saved. It may have been saved: check before you try again.',
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

/** What the caller names does not exist. The message is one sentence for the caller. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The current state of the data does not allow a write. The message states the reason, and what to do, for the caller. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** What the caller names existed, and cannot be had any more. The message is one sentence for the caller. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** Values that only the data shows to be invalid. The message states what is wrong, for the caller. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
}

/** All callers together have too much work waiting. The message is one sentence for the caller. */
export class Busy extends Error {
  override readonly name = 'Busy';
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A revision cannot be undone. The message states the reason. */
export class CannotUndo extends Error {
  override readonly name = 'CannotUndo';
}

/** A version of a market was given out before the database was restored from a backup, or belongs to a deleted market: it cannot be had any more. */
export class VersionGone extends Error {
  override readonly name = 'VersionGone';

  constructor(version: number) {
    super(
      `Version ${version} no longer exists: the database was restored from a backup, or the market was deleted and made again, since it was given out.`,
    );
  }
}

/** Whether the server ended the session: class 08 (connection), 57P (shutdown, restart), 25P03 (idle timeout) or 53300 (too many connections). */
export function isSessionEnd(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(08|57P0[1-5]|53300|25P03)/.test(error.code ?? '');
}

/** Whether the server has as many connections as it allows. */
export function isOutOfConnections(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '53300';
}

/** Whether the server has no disk space left for a statement, which it then rolls back. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '53100';
}

/** Whether the server refused the user or the password, as after a rotation. */
export function isRefusedLogin(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '28P01' || error.code === '28000');
}

/** Whether a reader cancelled a statement because it conflicted with changes that the reader had to apply. */
export function isRecoveryConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '40001';
}
