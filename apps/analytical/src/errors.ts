import { CannotUndo, MarketGone } from '@property-insights/database';
import { type ErrorMapper, problems } from '@property-insights/service';

/** The problems of errors that writes and undos throw. */
export const writeErrors: ErrorMapper = (error) =>
  error instanceof CannotUndo || error instanceof MarketGone ? problems.conflict(error.message) : undefined;
