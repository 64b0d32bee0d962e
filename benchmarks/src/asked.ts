/** The questions of the benchmarks: each one over the whole market, and with the parameters that change its cost. */
import { type Question, questions } from '@property-insights/analytics';

export interface Asked {
  label: string;
  question: Question;
  /** The same question in a different form for each number, so that no answer to it is cached. */
  parameters(n: number): Record<string, unknown>;
}

/** Parameters in addition to the question's example. */
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

/** @param properties ids of properties with a sale, for the questions about one property */
export function everyQuestion(properties: number[]): Asked[] {
  return questions.flatMap((question) =>
    (variants[question.name] ?? [question.example ?? {}]).map((parameters) => ({
      label: [question.name, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' '),
      question,
      parameters: (n) => ({ ...parameters, ...other(question, parameters, n, properties) }),
    })),
  );
}

/** A parameter that changes the cache key but not the answer. */
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
