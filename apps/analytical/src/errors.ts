import { CannotUndo, MarketBusy, MarketGone } from '@property-insights/database';
import { LimitReached } from '@property-insights/imports';
import { type ErrorMapper, problems } from '@property-insights/service';
import { Conflict, Gone, Invalid, NotFound } from './data/errors.ts';

/** The problems of errors that the data access and undos throw. */
export const dataErrors: ErrorMapper = (error) => {
  if (error instanceof NotFound) return problems.notFound(error.message);
  if (error instanceof Gone) return problems.gone(error.message);
  if (error instanceof Invalid) return problems.invalid(error.message);
  if ([Conflict, CannotUndo, MarketBusy, MarketGone].some((kind) => error instanceof kind)) {
    return problems.conflict((error as Error).message);
  }
  if (error instanceof LimitReached) {
    return problems.fileTooCostly(`The preview was ended because ${error.message}. Nothing was written.`);
  }
  return undefined;
};
