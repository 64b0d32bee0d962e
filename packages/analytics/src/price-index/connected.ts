/** The periods that an index can compare: those connected by pairs of sales, or by sales of the same group, directly or through other periods. */
export class Connections {
  readonly #parent: number[];

  constructor(periods: number) {
    this.#parent = Array.from({ length: periods }, (_, i) => i);
  }

  join(a: number, b: number): void {
    this.#parent[this.#root(a)] = this.#root(b);
  }

  /**
   * The periods that have sales, in the groups that are connected: the one with most sales first, of equal ones the earlier; each in order of time.
   * @param counts sales, or pairs, by period
   */
  groups(counts: ArrayLike<number>): number[][] {
    const groups = new Map<number, { periods: number[]; count: number }>();
    for (const period of this.#parent.keys()) {
      const count = counts[period] as number;
      if (count === 0) continue;
      const root = this.#root(period);
      const group = groups.get(root) ?? { periods: [], count: 0 };
      group.periods.push(period);
      group.count += count;
      groups.set(root, group);
    }
    return [...groups.values()].sort((a, b) => b.count - a.count).map(({ periods }) => periods);
  }

  #root(period: number): number {
    let root = period;
    while (this.#parent[root] !== root) {
      this.#parent[root] = this.#parent[this.#parent[root] as number] as number;
      root = this.#parent[root] as number;
    }
    return root;
  }
}
