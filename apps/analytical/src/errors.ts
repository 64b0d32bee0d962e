import { CannotUndo, MarketBusy, MarketGone } from '@property-insights/database';
import { LimitReached } from '@property-insights/imports';
import { type ErrorMapper, problems } from '@property-insights/service';

/** The problems of errors that undos and previews throw. */
export const dataErrors: ErrorMapper = (error) => {
  if ([CannotUndo, MarketBusy, MarketGone].some((kind) => error instanceof kind)) {
    return problems.conflict((error as Error).message);
  }
  if (error instanceof LimitReached) {
    return problems.fileTooCostly(`The preview was ended because ${error.message}. Nothing was written.`);
  }
  return undefined;
};
