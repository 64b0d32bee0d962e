/** The result of a benchmark: figures from one run, and whether its targets were met. */
export interface BenchmarkResult {
  table: Record<string, string | number>[];
  /** Ratios within the run, never times, which depend on the machine. */
  targets: { claim: string; met: boolean }[];
}

/** The median of an odd number of figures. */
export function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] as number;
}
