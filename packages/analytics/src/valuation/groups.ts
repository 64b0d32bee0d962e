/** The places, categories and types that the sales of a market have in common, as far as there are enough sales of each. */
import type { Design } from './design.ts';
import type { ModelSales } from './model-sales.ts';
import {
  levels as allLevels,
  type Dwelling,
  groupKey,
  type Level,
  placeLevels,
  type TrendLevel,
} from './price-model.ts';

/** With fewer sales, a type or locality has no trend of its own. */
const minTrended = 300;
/** A place with fewer sales has no effect of its own: a country may have a million postcodes. */
const minInPlace = 5;

export function isCategory(level: Level): boolean {
  return !(placeLevels as readonly Level[]).includes(level);
}

/** The names of one level that have enough sales, and their numbers by the index of place; -1 for the others. */
interface Grouped {
  level: Level;
  of: Int32Array;
  names: string[];
  size: number;
}

/** The levels by which sales differ. */
export function levelsOf({ places, place }: ModelSales, count: number): Grouped[] {
  const inPlace = new Float64Array(places.length);
  for (let i = 0; i < count; i++) inPlace[place[i] as number] = (inPlace[place[i] as number] as number) + 1;
  return allLevels.flatMap((level) => {
    const keys = places.map((each) => groupKey(level, each as Dwelling));
    const sales = new Map<string, number>();
    for (const [p, key] of keys.entries()) {
      if (key !== null) sales.set(key, (sales.get(key) ?? 0) + (inPlace[p] as number));
    }
    const names = [...sales.keys()].filter((key) => (sales.get(key) as number) >= minInPlace);
    // In a market that does not state a category, it has no effect.
    if (isCategory(level) && !names.some((name) => !/^(\n|$)/.test(name))) return [];
    const index = new Map(names.map((name, i) => [name, i]));
    return [{ level, of: Int32Array.from(keys, (key) => index.get(key ?? '\0') ?? -1), names, size: names.length }];
  });
}

/** The types or localities with trends of their own. */
interface Trended {
  level: TrendLevel;
  /** By place; -1 without a trend of its own. */
  of: Int32Array;
  /** Each with its index among the effects of its level. */
  groups: { group: number; name: string }[];
  /** By group and month. */
  deviations: Float64Array[];
}

export function trendedGroups(
  { sales: { place }, count, types, typeOf }: Design,
  levels: Grouped[],
  months: number,
): Trended[] {
  const locality = levels.find(({ level }) => level === 'locality');
  const all = [
    { level: 'type' as const, of: typeOf, names: types.map((type) => type ?? '') },
    ...(locality ? [{ level: 'locality' as const, of: locality.of, names: locality.names }] : []),
  ];
  return all.flatMap(({ level, of, names }) => {
    if (names.length < 2) return [];
    const sold = new Float64Array(names.length);
    for (let i = 0; i < count; i++) {
      const group = of[place[i] as number] as number;
      if (group >= 0) sold[group] = (sold[group] as number) + 1;
    }
    const groups = [...names.keys()].filter((group) => (sold[group] as number) >= minTrended);
    const index = new Map(groups.map((group, g) => [group, g]));
    return [
      {
        level,
        of: of.map((group) => index.get(group) ?? -1),
        groups: groups.map((group) => ({ group, name: names[group] as string })),
        deviations: groups.map(() => new Float64Array(months)),
      },
    ];
  });
}
