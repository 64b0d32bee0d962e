import type { EChartsOption } from 'echarts';
import type { Formatter } from '../format.ts';
import type { Words } from '../words/index.ts';

export interface Style {
  /** Pixels. */
  width: number;
  format: Formatter;
  words: Words;
}

/** A chart that can be drawn. */
export interface Drawn {
  option: EChartsOption;
  /** Pixels. */
  height: number;
}
