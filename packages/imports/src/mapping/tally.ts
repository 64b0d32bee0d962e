/** Values that can be read in two ways. */

/** How the values of a column can be read in each of two ways. */
export interface Tally<Way extends string> {
  readable: number;
  /** The number of values that can be read in one way only. */
  only: Record<Way, number>;
  /** The number of values with a different meaning in each way. */
  ambiguous: number;
}

/** The only possible way to read some values, if no value contradicts it. */
export function onlyWay<Way extends string>(only: Record<Way, number>): Way | undefined {
  const ways = (Object.keys(only) as Way[]).filter((way) => only[way] > 0);
  return ways.length === 1 ? ways[0] : undefined;
}
