import { propertySummary, type Replica } from '@property-insights/analytics';
import { answerRoute } from '@property-insights/question-routes';
import type { App } from '@property-insights/service';

/** `GET /reporting/property-summary`: properties by region. */
export function propertySummaryRoute(app: App, replica: Promise<Replica>): void {
  answerRoute(app, '/reporting/property-summary', propertySummary, replica);
}
