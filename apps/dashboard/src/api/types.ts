/** The parts of the API's answers that the page shows. */
import type { Answer } from '@property-insights/api-types';

export type Market = Answer<'/api/markets'>[number];
export type Summary = Answer<'/api/analytics/summary'>;
export type Trend = Answer<'/api/analytics/trend'>;
export type TrendPoint = Trend['periods'][number];
export type Area = Answer<'/api/analytics/areas'>['areas'][number];
