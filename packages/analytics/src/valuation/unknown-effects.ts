/** What attributes and places that are not known of a dwelling add to its price. */
import { attributeKey, effectOf } from './attribute-effects.ts';
import type { Design } from './design.ts';
import type { ModelSales } from './model-sales.ts';
import { attributeEffect, type Dwelling, modelled, type PriceModel } from './price-model.ts';

/** The effect is estimated from sales that do not state the attribute, else the mean of those that do. */
export function unknownEffects(
  { sales, count, types, unknown }: Design,
  model: PriceModel,
  slopes: Float64Array,
): PriceModel['unknown'] {
  const sums = new Map<string, { sum: number; squares: number; sales: number }>();
  const add = (key: string, effect: number) => {
    const known = sums.get(key) ?? { sum: 0, squares: 0, sales: 0 };
    sums.set(key, { sum: known.sum + effect, squares: known.squares + effect ** 2, sales: known.sales + 1 });
  };
  const each = Math.max(1, Math.floor(count / 10_000));
  const used = new Set(model.terms.map(({ attribute }) => attribute));
  for (let i = count - 1; i >= 0; i -= each) {
    const place = sales.places[sales.place[i] as number] as ModelSales['places'][number];
    for (const attribute of used) {
      const value = sales.attributes[attribute][i] as number;
      if (Number.isNaN(value)) continue;
      add(attributeKey(attribute, place.type), effectOf(model.terms, attribute, place.type, value));
    }
    for (const category of modelled) {
      if (place[category] === null || !model.groups.has(category)) continue;
      add(attributeKey(category, place.type), attributeEffect(model, category, place as Dwelling));
    }
  }
  const effects: PriceModel['unknown'] = new Map(
    [...sums].map(([key, { sum, squares, sales }]) => {
      const effect = sum / sales;
      return [key, { effect, variance: Math.max(0, squares / sales - effect ** 2) }];
    }),
  );
  const set = (key: string, effect: number) => effects.set(key, { effect, variance: effects.get(key)?.variance ?? 0 });
  for (const { attribute, of, column } of unknown) {
    set(attributeKey(attribute, types[of] as string | null), slopes[column] as number);
  }
  for (const category of modelled) {
    const [of, byType] = [model.groups.get(category), model.groups.get(`${category} by type`)];
    for (const type of types) {
      const effect = [of?.get(''), byType?.get(`\n${type ?? ''}`)];
      if (effect.some((each) => each !== undefined)) {
        set(
          attributeKey(category, type),
          effect.reduce<number>((sum, each) => sum + (each ?? 0), 0),
        );
      }
    }
  }
  return effects;
}

/** The variance of an effect over the sales that have one. */
export function varianceOf(effects: Float64Array, of: Int32Array, place: ArrayLike<number>, count: number): number {
  let [sum, squares, sales] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const group = of[place[i] as number] as number;
    if (group < 0) continue;
    const effect = effects[group] as number;
    [sum, squares, sales] = [sum + effect, squares + effect ** 2, sales + 1];
  }
  return sales === 0 ? 0 : Math.max(0, squares / sales - (sum / sales) ** 2);
}
