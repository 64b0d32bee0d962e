/** What the benchmarks ask: every question, as of the whole market, and in the ways that cost another sum. */
import { type Question, questions } from '@property-insights/analytics';

export interface Asked {
  label: string;
  question: Question;
  /** The same question in other words at each number, so that no answer to it is at hand. */
  parameters(n: number): Record<string, unknown>;
}

/** Parameters beside those of the question's own example. */
const variants: Record<string, Record<string, unknown>[]> = {
  trend: [{}, { interval: 'quarter', group_by: 'type' }, { region: ['NSW'], type: ['House'], bedrooms_min: 3 }],
  distribution: [{}, { of: 'price_per_land_area' }, { of: 'time_held' }],
  areas: [{}, { level: 'region' }],
  'price-index': [
    'median',
    'mean',
    'stratified_median',
    'hedonic',
    'rolling_hedonic',
    'repeat_sales',
    'case_shiller',
    'arithmetic_repeat_sales',
  ].map((method) => ({ method: [method] })),
  map: [{ bbox: '141,-38,151,-28', zoom: 6 }],
  comparables: [{}],
  estimate: [{}],
  places: [{ q: 'fair' }, { q: 'church st' }, { q: '12 church' }, { q: 'nothing like it' }],
};

/** @param properties ids of some that have a sale, for the questions about one */
export function everyQuestion(properties: number[]): Asked[] {
  return questions.flatMap((question) =>
    (variants[question.name] ?? [question.example ?? {}]).map((parameters) => ({
      label: [question.name, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' '),
      question,
      parameters: (n) => ({ ...parameters, ...other(question, parameters, n, properties) }),
    })),
  );
}

/** What makes the question another without asking for anything else. */
function other({ parameters }: Question, { q }: Record<string, unknown>, n: number, properties: number[]): object {
  if ('id' in parameters.properties) return { id: properties[n] };
  if ('price_max' in parameters.properties) return { price_max: Number.MAX_SAFE_INTEGER - n };
  return 'q' in parameters.properties ? { q: `${q}${' '.repeat(n)}` } : {};
}

export function query(market: string, parameters: Record<string, unknown>): string {
  const query = new URLSearchParams({ market });
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) query.append(name, String(each));
  }
  return query.toString();
}
