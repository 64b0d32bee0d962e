import { questions, type Replica } from '@property-insights/analytics';
import { answerRoute, exportRoute } from '@property-insights/question-routes';
import type { App } from '@property-insights/service';

/** One route a question; its parameters and its answer are described beside its SQL. */
export function analyticsRoutes(app: App, replica: Promise<Replica>): void {
  for (const question of questions) answerRoute(app, `/api/analytics/${question.name}`, question, replica);
  exportRoute(app, '/api/analytics/sales.csv', 'csv', replica);
  exportRoute(app, '/api/analytics/sales.parquet', 'parquet', replica);
}
