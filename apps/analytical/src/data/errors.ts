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
