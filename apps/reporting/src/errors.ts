import { InvalidDefinition, InvalidLetterhead, RendererBusy, TooLargeToTypeset } from '@property-insights/reports';
import { type ErrorMapper, problems } from '@property-insights/service';

/** The problems of errors that making a report throws. */
export const reportErrors: ErrorMapper = (error) => {
  if (error instanceof InvalidDefinition || error instanceof InvalidLetterhead) return problems.invalid(error.message);
  if (error instanceof RendererBusy) return problems.unavailable('overloaded', error.message, error.retryAfterSeconds);
  if (error instanceof TooLargeToTypeset) {
    return problems.unavailable('timed-out', error.message, error.retryAfterSeconds);
  }
  return undefined;
};
