/** What a chart must show of its values. */
import { light } from '@property-insights/charts';
import type { Chart } from '../src/document.ts';
import { Formatter } from '../src/format.ts';

const format = new Formatter('en', 'AUD');

/** The labels of its marks, in English. */
export function labelsOf(chart: Chart): string[] {
  switch (chart.kind) {
    case 'lines': {
      const short = chart.format === 'money' ? 'short_money' : 'index';
      return chart.series.flatMap(({ name, values, thin }) => {
        const last = values.findLast(
          (value, i) => value !== null && !thin?.[i] && chart.periods[i]?.coverage === 'covered',
        );
        return last == null ? [] : [`${name} ${format.text(last, short)}`];
      });
    }
    case 'spread':
      return chart.series.map(({ name, median }) => `${name} ${format.text(median, 'short_money')}`);
    case 'changes':
      return chart.items.flatMap(({ value, note }) => [format.text(value, 'change'), note]);
    case 'ranges':
      return chart.items.map(({ median }) => format.text(median, 'short_money'));
    case 'comparables':
      return [
        format.text(chart.estimate, 'estimate'),
        ...chart.items.map(({ adjusted }) => format.text(adjusted, 'short_money')),
      ];
    case 'bars':
      return chart.items.map(({ value }) => format.text(value, chart.format));
  }
}

/** How many marks it has at least. */
export function minMarks(chart: Chart): number {
  switch (chart.kind) {
    case 'lines':
      return chart.series.length + (chart.counts?.values.filter((value) => value > 0).length ?? 0);
    case 'spread':
      return 3 * chart.series.length; // an area, its line and the median
    case 'changes':
      return 2 * chart.items.length; // a dot and its interval
    case 'ranges':
    case 'comparables':
      return 3 * chart.items.length; // two dots and what is between them, or two ranges and a dot
    case 'bars':
      return chart.items.length;
  }
}

const { kinds, up, down, flat, bar } = light;

/** The shapes of an SVG that have a colour of data. */
export function marksOf(svg: string): number {
  const colours = [...new Set([...kinds, up, down, flat, bar])].join('|');
  const shapes = svg.match(/<(?:path|circle|rect|polyline|polygon)\b[^>]*>/g) ?? [];
  return shapes.filter((shape) => new RegExp(`(?:fill|stroke)="(?:${colours})"`).test(shape) && !/ d=""/.test(shape))
    .length;
}
