const barWidth = 30;
/** Between two lines if the output is no terminal. */
const lineIntervalMs = 5_000;

/** A terminal, or any other output. */
export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Shows progress: as a bar on a terminal, otherwise as a line every few seconds. */
export class Progress {
  readonly #output: ProgressOutput;
  #shownStage = '';
  #shownAt = 0;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  /** @param share from 0 to 1; undefined if unknown */
  show(stage: string, share: number | undefined, note: string): void {
    const percent = share === undefined ? '' : `${Math.floor(100 * Math.min(share, 1))} %`;
    if (this.#output.isTTY) {
      const filled = Math.round(barWidth * Math.min(share ?? 0, 1));
      const bar = share === undefined ? '·'.repeat(barWidth) : '█'.repeat(filled) + '░'.repeat(barWidth - filled);
      const line = `${stage.padEnd(9)} ${bar} ${percent.padStart(5)}  ${note}`;
      this.#output.write(`\r\x1b[2K${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
      return;
    }
    const now = performance.now();
    if (stage === this.#shownStage && now - this.#shownAt < lineIntervalMs) return;
    this.#shownStage = stage;
    this.#shownAt = now;
    this.#output.write(`${[`${stage}:`, percent, note].filter(Boolean).join(' ')}\n`);
  }

  /** Removes the bar, so that the next output takes its line. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[2K');
  }
}
