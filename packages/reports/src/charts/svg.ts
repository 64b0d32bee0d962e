/** Charts as SVG, drawn without a browser. */
import '@property-insights/charts/echarts-without-proto';
import { init } from 'echarts/dist/echarts.esm.min.mjs';
import type { Chart } from '../document.ts';
import { drawChart } from './options.ts';
import type { Style } from './style.ts';
import { sans, serif } from './theme.ts';

/**
 * @param id unique in the document: the ids in the SVG begin with it, so that they are the same in every process
 */
export function chartSvg(chart: Chart, style: Style, id: string): string {
  const { option, height } = drawChart(chart, style);
  const instance = init(null, null, { renderer: 'svg', ssr: true, width: style.width, height });
  try {
    instance.setOption(option);
    return withTypefaces(withStableIds(instance.renderToSVGString(), id));
  } finally {
    instance.dispose();
  }
}

/** Charts of pages inherit the typeface of the page, and name that of the web. */
function withTypefaces(svg: string): string {
  return svg
    .replaceAll('font-family:inherit', `font-family:${sans}`)
    .replaceAll(/font-family:Source Serif 4 Variable[^;"]*/g, `font-family:${serif}`);
}

/** ECharts numbers ids through the life of a process. */
function withStableIds(svg: string, id: string): string {
  const numbers = new Map<string, number>();
  return svg.replace(/zr\d+-[a-z]+-?\d+/g, (found) => {
    const number = numbers.get(found) ?? numbers.size;
    numbers.set(found, number);
    return `${id}-${number}`;
  });
}
