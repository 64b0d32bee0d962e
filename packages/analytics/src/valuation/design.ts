/** The design of the regression on measured attributes: one column for each part of an effect that may bend, for all types and for each. */
import { type Measure, measures } from '../features.ts';
import type { Term } from './attribute-effects.ts';
import type { ModelSales } from './model-sales.ts';

/** An attribute is used for a type of which at least so many sales state it. */
const minStated = 50;

/** The shares of the sales between which the effect of an attribute may bend, and beyond the outer of which it is constant. */
const bends = [0.1, 0.3, 0.5, 0.7, 0.9];
const [lowest, highest] = [0.005, 0.995];

/** The part of `ModelSales` before a month, and what the columns of the design follow from. */
export interface Design {
  sales: ModelSales;
  count: number;
  types: (string | null)[];
  /** By place. */
  typeOf: Int32Array;
  /** Each with its first column, and the index of its type; -1 for all. */
  terms: (Omit<Term, 'slopes'> & { column: number; of: number })[];
  /** The columns of values that sales of a type do not state. */
  unknown: { attribute: Measure; of: number; column: number }[];
  size: number;
  penalties: number[];
}

/** The columns of one sale in the design that are not 0. */
export class DesignRow {
  readonly #design: Design;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  length = 0;

  constructor(design: Design) {
    this.#design = design;
    this.columns = new Int32Array(design.size);
    this.values = new Float64Array(design.size);
  }

  read(i: number): void {
    const { sales, typeOf, terms, unknown, types, size } = this.#design;
    this.length = 0;
    const type = typeOf[sales.place[i] as number] as number;
    for (const term of terms) {
      if (term.of >= 0 && term.of !== type) continue;
      const value = sales.attributes[term.attribute][i] as number;
      if (Number.isNaN(value)) continue;
      const limited = Math.min(Math.max(value, term.low), term.high);
      this.#add(term.column, (limited - term.mean) / term.spread);
      for (let b = 0; b < term.bends.length; b++) {
        const beyond = limited - (term.bends[b] as number);
        if (beyond > 0) this.#add(term.column + 1 + b, beyond / term.spread);
      }
    }
    for (const { attribute, of, column } of unknown) {
      if (of === type && Number.isNaN(sales.attributes[attribute][i])) this.#add(column, 1);
    }
    this.#add(size - types.length + type, 1);
  }

  #add(column: number, value: number): void {
    this.columns[this.length] = column;
    this.values[this.length++] = value;
  }
}

export function designOf(sales: ModelSales, count: number): Design {
  const { places, place, attributes } = sales;
  const types = [...new Set(places.map(({ type }) => type))];
  const typeOf = Int32Array.from(places, ({ type }) => types.indexOf(type));
  const terms: Design['terms'] = [];
  const unknown: Design['unknown'] = [];
  const penalties: number[] = [];
  for (const attribute of measures) {
    const stated: number[][] = types.map(() => []);
    const missing = types.map(() => false);
    for (let i = 0; i < count; i++) {
      const value = attributes[attribute][i] as number;
      const type = typeOf[place[i] as number] as number;
      if (Number.isNaN(value)) missing[type] = true;
      else stated[type]?.push(value);
    }
    const used = types.flatMap((_, t) => ((stated[t]?.length ?? 0) >= minStated ? [t] : []));
    if (used.length === 0) continue;
    // One effect for all types, and what it differs by from type to type, which is shrunk more.
    for (const of of used.length > 1 ? [-1, ...used] : [-1]) {
      const values = of < 0 ? stated.flat() : (stated[of] as number[]);
      const term = termOf(attribute, of < 0 ? null : (types[of] as string | null), values);
      if (!term) continue;
      terms.push({ ...term, of, column: penalties.length });
      penalties.push(of < 0 ? 1 : 3, ...term.bends.map(() => (of < 0 ? 3 : 10)));
    }
    for (const of of used) {
      if (!missing[of]) continue;
      unknown.push({ attribute, of, column: penalties.length });
      penalties.push(1);
    }
  }
  penalties.push(...types.map(() => 0.1));
  return { sales, count, types, typeOf, terms, unknown, size: penalties.length, penalties };
}

/** undefined if all values are alike */
function termOf(attribute: Measure, type: string | null, values: number[]): Omit<Term, 'slopes'> | undefined {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const [low, high] = [at(lowest), at(highest)];
  if (!(high > low)) return undefined;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
  const inner = [...new Set(bends.map(at))].filter((bend) => bend > low && bend < high);
  return { attribute, type, low, high, mean, spread: Math.sqrt(variance), bends: inner };
}
