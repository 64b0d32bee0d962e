/** The effects of measured attributes on the logarithm of a price: lines that may bend, for all types and for each type. */
import { areas, type Feature, type Features, type Measure } from '../features.ts';

/** The effect of an attribute on the logarithm of the price, as a line that may bend. */
export interface Term {
  attribute: Measure;
  /** null if it applies to all types. */
  type: string | null;
  /** Values beyond these count as these. */
  low: number;
  high: number;
  mean: number;
  /** Standard deviation. */
  spread: number;
  bends: number[];
  /** Of the value, and of what it exceeds each bend by, in standard deviations. */
  slopes: number[];
}

/** @param value areas as logarithms */
export function effectOf(terms: Term[], attribute: Measure, type: string | null, value: number): number {
  let sum = 0;
  for (const term of terms) {
    if (term.attribute !== attribute || (term.type !== null && term.type !== type)) continue;
    const limited = Math.min(Math.max(value, term.low), term.high);
    sum += ((limited - term.mean) / term.spread) * (term.slopes[0] as number);
    for (const [b, bend] of term.bends.entries()) {
      if (limited > bend) sum += ((limited - bend) / term.spread) * (term.slopes[b + 1] as number);
    }
  }
  return sum;
}

export function attributeKey(attribute: Feature, type: string | null): string {
  return `${attribute}\n${type ?? ''}`;
}

export function isArea(attribute: Feature): boolean {
  return (areas as readonly Feature[]).includes(attribute);
}

/** An attribute as the model counts it: areas as logarithms. null if it is not known. */
export function counted(attribute: Measure, dwelling: Features): number | null;
export function counted(attribute: Feature, dwelling: Features): number | string | null;
export function counted(attribute: Feature, dwelling: Features): number | string | null {
  const value = dwelling[attribute];
  if (typeof value !== 'number' || !isArea(attribute)) return value;
  return value > 0 ? Math.log(value) : null;
}
