/**
 * Solves linear equations with some hundreds of unknowns, as indices need.
 *
 * LU factors without exchange of rows, which is stable for all that is solved here: the normal equations are symmetric and positive definite, those of
 * the arithmetic index diagonally dominant by columns (Higham 2002, Accuracy and Stability of Numerical Algorithms, chapters 9 and 10).
 */
export class Factors {
  /** Unknowns that depend on those before them, whose pivot vanished. They are set to 0. */
  readonly dropped = new Set<number>();
  readonly size: number;
  readonly #rows: Float64Array[];

  /**
   * @param rows the matrix, which is overwritten
   * @param least pivots that are not above it are taken as 0
   */
  constructor(rows: Float64Array[], least: ArrayLike<number>) {
    this.#rows = rows;
    this.size = rows.length;
    for (let k = 0; k < this.size; k++) {
      const pivot = rows[k] as Float64Array;
      const value = pivot[k] as number;
      if (!(value > (least[k] as number))) {
        this.dropped.add(k);
        for (const row of rows) row[k] = 0;
        pivot.fill(0);
        pivot[k] = 1;
        continue;
      }
      for (let i = k + 1; i < this.size; i++) {
        const row = rows[i] as Float64Array;
        const factor = (row[k] as number) / value;
        row[k] = factor;
        if (factor === 0) continue;
        for (let j = k + 1; j < this.size; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
      }
    }
  }

  /** The solution for one right-hand side. */
  solve(rightHandSide: ArrayLike<number>): Float64Array {
    const x = Float64Array.from(rightHandSide);
    for (const k of this.dropped) x[k] = 0;
    for (let i = 1; i < this.size; i++) {
      const row = this.#rows[i] as Float64Array;
      let sum = x[i] as number;
      for (let j = 0; j < i; j++) sum -= (row[j] as number) * (x[j] as number);
      x[i] = sum;
    }
    for (let i = this.size - 1; i >= 0; i--) {
      const row = this.#rows[i] as Float64Array;
      let sum = x[i] as number;
      for (let j = i + 1; j < this.size; j++) sum -= (row[j] as number) * (x[j] as number);
      x[i] = sum / (row[i] as number);
    }
    return x;
  }

  /** The columns of the inverse. Dropped unknowns have columns of 0. */
  inverse(): Float64Array[] {
    return Array.from({ length: this.size }, (_, k) => {
      const unit = new Float64Array(this.size);
      unit[k] = 1;
      return this.solve(unit);
    });
  }
}

/** A square matrix of zeros, as rows. */
export function zeros(size: number): Float64Array[] {
  return Array.from({ length: size }, () => new Float64Array(size));
}

/** Adds to one number of a list. */
export function increase(numbers: Float64Array | number[], place: number, by: number): void {
  numbers[place] = (numbers[place] as number) + by;
}
