/** What a benchmark gives: figures side by side from one run, and whether they keep what is promised. */
export interface BenchmarkResult {
  table: Record<string, string | number>[];
  /** Ratios within the run, never times: another machine has other times. */
  targets: { claim: string; met: boolean }[];
}

/** The middle one of an odd number of figures. */
export function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] as number;
}
