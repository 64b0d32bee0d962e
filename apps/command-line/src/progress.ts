/** Shows how far something is: a bar that moves on a terminal, now and then a line elsewhere. */
import type { WriteStream } from 'node:tty';

const barWidth = 30;
/** Milliseconds between two lines where there is no terminal. */
const lineInterval = 5_000;

export class Progress {
  readonly #output: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
  #shownStage = '';
  #shownAt = 0;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  /** @param share from 0 to 1; undefined when it is not known */
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
    if (stage === this.#shownStage && now - this.#shownAt < lineInterval) return;
    this.#shownStage = stage;
    this.#shownAt = now;
    this.#output.write(`${[`${stage}:`, percent, note].filter(Boolean).join(' ')}\n`);
  }

  /** Leaves the place to what is written next. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[2K');
  }
}
