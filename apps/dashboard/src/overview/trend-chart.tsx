/** Draws the trend with ECharts. No other part of the page uses ECharts, so this part is loaded separately. */
import { useComputedColorScheme } from '@mantine/core';
import { BarChart, LineChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { type ECharts, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { formatCount, formatPeriod, formatPrice } from '../format.ts';
import { chartColours } from '../theme.ts';
import type { Interval } from '../view.ts';
import classes from './trend.module.css';
import { trendOptions } from './trend-options.ts';
import type { TrendShape } from './trend-shape.ts';

use([LineChart, BarChart, GridComponent, TooltipComponent, AxisPointerComponent, SVGRenderer]);

interface TrendChartProps {
  shape: TrendShape;
  currency: string;
  interval: Interval;
  /** A description of the chart for screen readers. */
  label: string;
}

export default function TrendChart({ shape, currency, interval, label }: TrendChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const colours = chartColours[useComputedColorScheme('light')];

  useEffect(() => {
    const host = element.current as HTMLDivElement;
    const drawn = init(host, undefined, { renderer: 'svg' });
    chart.current = drawn;
    const resizing = new ResizeObserver(() => drawn.resize());
    resizing.observe(host);
    return () => {
      resizing.disconnect();
      drawn.dispose();
    };
  }, []);

  useEffect(() => {
    const options = trendOptions(shape, { currency, interval, colours });
    const tooltip = {
      ...options.tooltip,
      formatter: (items: unknown) => {
        const [{ dataIndex }] = items as [{ dataIndex: number }];
        return describePeriod(shape, dataIndex, currency, interval, colours.lines);
      },
    };
    chart.current?.setOption({ ...options, tooltip }, { notMerge: true });
  }, [shape, currency, interval, colours]);

  return <div ref={element} role="img" aria-label={label} className={classes.chart} />;
}

/** The tooltip of a period. It consists of elements and not of HTML text, because the names of groups come from the data. */
function describePeriod(
  { periods, complete, series }: TrendShape,
  at: number,
  currency: string,
  interval: Interval,
  colours: readonly string[],
): HTMLElement {
  const table = document.createElement('table');
  table.className = classes.tooltip ?? '';
  table.createCaption().textContent =
    formatPeriod(periods[at] as string, interval) + (complete[at] ? '' : ', incomplete');
  const row = (name: string, value: string, colour?: string) => {
    const cells = table.insertRow();
    const head = cells.insertCell();
    if (colour) {
      const swatch = head.appendChild(document.createElement('i'));
      swatch.style.background = colour;
    }
    head.append(name);
    cells.insertCell().textContent = value;
  };
  for (const [i, { name, points }] of series.entries()) {
    const point = points[at];
    if (name !== undefined) {
      row(
        name,
        point ? `${formatPrice(point.median, currency)} · ${formatCount(point.sales)}` : 'no sales',
        colours[i],
      );
    } else if (point) {
      row('Median', formatPrice(point.median, currency));
      row('Middle half', `${formatPrice(point.p25, currency)} – ${formatPrice(point.p75, currency)}`);
      row('Sales', formatCount(point.sales));
    } else {
      row('No sales', '');
    }
  }
  return table;
}
