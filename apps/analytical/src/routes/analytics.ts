import { areas, type Replica, summary, trend } from '@property-insights/analytics';
import { type App, answerRoute } from '@property-insights/service';

/** One line a question; its parameters and its answer are described beside its SQL. */
export function analyticsRoutes(app: App, replica: Promise<Replica>): void {
  answerRoute(app, '/api/analytics/summary', summary, replica);
  answerRoute(app, '/api/analytics/trend', trend, replica);
  answerRoute(app, '/api/analytics/areas', areas, replica);
}
