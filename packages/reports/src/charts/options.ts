/** Charts as ECharts options: pure functions of the chart, its width and how values are written. */
import type { Chart } from '../document.ts';
import { barsOption } from './bars.ts';
import { changesOption, comparablesOption, rangesOption } from './intervals.ts';
import { linesOption } from './lines.ts';
import { spreadOption } from './spread.ts';
import type { Drawn, Style } from './style.ts';

export function drawChart(chart: Chart, style: Style): Drawn {
  switch (chart.kind) {
    case 'lines':
      return linesOption(chart, style);
    case 'spread':
      return spreadOption(chart, style);
    case 'changes':
      return changesOption(chart, style);
    case 'ranges':
      return rangesOption(chart, style);
    case 'comparables':
      return comparablesOption(chart, style);
    case 'bars':
      return barsOption(chart, style);
  }
}
