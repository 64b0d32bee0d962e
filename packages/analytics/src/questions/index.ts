import type { Question } from '../question.ts';
import { areas } from './areas.ts';
import { compare } from './compare.ts';
import { distribution } from './distribution.ts';
import { propertySummary } from './property-summary.ts';
import { summary } from './summary.ts';
import { trend } from './trend.ts';

export { areas, compare, distribution, propertySummary, summary, trend };

/** Every question there is. */
export const questions: readonly Question[] = [summary, trend, distribution, areas, compare, propertySummary];
