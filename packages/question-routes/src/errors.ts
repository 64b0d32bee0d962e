import {
  InvalidQuestion,
  Loading,
  MarketUnavailable,
  OverBudget,
  Overloaded,
  TimedOut,
  UnknownMarket,
  VersionAhead,
  VersionGone,
} from '@property-insights/analytics';
import { type ErrorMapper, problems } from '@property-insights/service';

/** The problems of errors that questions and exports throw. */
export const questionErrors: ErrorMapper = (error) => {
  if (error instanceof InvalidQuestion) return problems.invalid(error.message);
  if (error instanceof UnknownMarket || error instanceof VersionAhead) return problems.notFound(error.message);
  if (error instanceof VersionGone) return problems.gone(error.message);
  if (error instanceof OverBudget)
    return problems.overBudget(error.message, error.quota, error.window, error.retryAfterSeconds);
  if (error instanceof Overloaded) return problems.unavailable('overloaded', error.message, error.retryAfterSeconds);
  if (error instanceof TimedOut) return problems.unavailable('timed-out', error.message, error.retryAfterSeconds);
  if (error instanceof Loading) return problems.unavailable('loading', error.message, error.retryAfterSeconds);
  if (error instanceof MarketUnavailable) {
    return problems.unavailable('market-unavailable', error.message, error.retryAfterSeconds);
  }
  return undefined;
};
