import type { Question } from '../question.ts';
import { areas } from './areas.ts';
import { propertySummary } from './property-summary.ts';
import { summary } from './summary.ts';
import { trend } from './trend.ts';

export { areas, propertySummary, summary, trend };

/** Every question there is. */
export const questions: readonly Question[] = [summary, trend, areas, propertySummary];
