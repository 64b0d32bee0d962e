import type { Report } from '../report.ts';
import { areaComparison } from './area-comparison.ts';
import { dataQuality } from './data-quality.ts';
import { marketReport } from './market-report.ts';
import { propertySummaryReport } from './property-summary.ts';
import { valuation } from './valuation.ts';

export { propertySummaryReport };

/** Every standard report. */
export const reports: readonly Report[] = [propertySummaryReport, marketReport, areaComparison, valuation, dataQuality];
