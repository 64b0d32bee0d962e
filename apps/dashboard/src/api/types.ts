/** The parts of the API's answers that the page shows. */
import type { Answer } from '@property-insights/api-types';

export type Market = Answer<'/api/markets'>[number];
export type Import = Answer<'/api/imports/{id}'>;
export type Preview = Answer<'/api/imports/preview', 'post'>;
export type Revision = Answer<'/api/revisions'>[number];
export type Summary = Answer<'/api/analytics/summary'>;
export type TrendAnswer = Answer<'/api/analytics/trend'>;
export type PriceIndex = Answer<'/api/analytics/price-index'>;
export type Changes = Answer<'/api/analytics/changes'>;
export type Estimate = Answer<'/api/analytics/estimate'>;
export type Facets = Answer<'/api/analytics/facets'>;
/** The attributes that only some registers state. */
export type Detail = keyof Answer<'/api/analytics/histograms'>['details'];
export type Histograms = Answer<'/api/analytics/histograms'>;
export type Sale = Answer<'/api/analytics/sales'>['sales'][number];
export type Area = Answer<'/api/analytics/areas'>['areas'][number];
export type LeftOut = Summary['left_out'];
export type Citation = Summary['citation'];
export type Quality = Answer<'/api/analytics/quality'>;
/** A member of a sale that its source may leave out. */
export type SaleMember = Quality['missing'][number]['field'];
