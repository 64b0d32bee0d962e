/** The command was wrong, not what it was to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}
