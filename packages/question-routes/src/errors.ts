import { InvalidQuestion, Overloaded, TimedOut, UnknownMarket } from '@property-insights/analytics';
import { type ErrorMapper, problems } from '@property-insights/service';

/** The problems of errors that questions and exports throw. */
export const questionErrors: ErrorMapper = (error) => {
  if (error instanceof InvalidQuestion) return problems.invalid(error.message);
  if (error instanceof UnknownMarket) return problems.notFound(error.message);
  if (error instanceof Overloaded) return problems.unavailable('overloaded', error.message, error.retryAfterSeconds);
  if (error instanceof TimedOut) return problems.unavailable('timed-out', error.message, error.retryAfterSeconds);
  return undefined;
};
