import type { MarketState } from '@property-insights/database';

/** The market that a question is about, as it is at the version of the answer. */
export type Market = MarketState;
