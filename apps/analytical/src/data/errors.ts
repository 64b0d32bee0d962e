/** What the caller names does not exist. The message is one sentence for the caller. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The current state of the data does not allow a write. The message states the reason, and what to do, for the caller. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}
