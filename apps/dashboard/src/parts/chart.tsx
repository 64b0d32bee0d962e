import { cssTheme, type Theme } from '@property-insights/charts';
import { useEffect, useRef, useState } from 'react';
import classes from './cursor.module.css';
import { type Mark, Marked } from './cursor.tsx';
import type { ECharts, EChartsCoreOption } from './echarts.ts';
import { useWidth } from './use-width.ts';

interface ChartProps {
  /** What the chart shows, for screen readers. */
  label: string;
  height: number;
  /** The points, by line, in the units of the axes. */
  lines: Mark[][];
  options(style: { theme: Theme; width: number }): EChartsCoreOption;
}

const library = () => import('./echarts.ts');

/** A chart of prices over time, drawn by ECharts. */
export function Chart({ label, height, lines, options }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const [ref, width] = useWidth();
  const [drawn, setDrawn] = useState(0);

  const drawnWith = useRef<unknown[]>([]);

  // An effect also ends when the view is hidden, and the chart is still there when the view is shown again.
  useEffect(
    () => () => {
      const drawing = chart.current;
      setTimeout(() => drawing?.getDom().isConnected === false && drawing.dispose());
    },
    [],
  );

  // Drawn again with every change of the options: they come from an answer, and drawing takes less than the answer.
  useEffect(() => {
    let current = true;
    const input = [options, width, height];
    if (width === 0 || input.every((each, i) => each === drawnWith.current[i])) return;
    library().then(({ init }) => {
      if (!current || !host.current) return;
      drawnWith.current = input;
      chart.current ??= init(host.current, undefined, { renderer: 'svg' });
      chart.current.resize({ width, height });
      chart.current.setOption(options({ theme: cssTheme, width }), { notMerge: true });
      setDrawn((count) => count + 1);
    });
    return () => {
      current = false;
    };
  }, [options, width, height]);

  const pixelOf = ({ x, y }: Mark): [number, number] | undefined =>
    chart.current?.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]) as [number, number] | undefined;
  return (
    <Marked label={label} width={width} height={height} lines={lines} pixelOf={pixelOf} below={50} byColumn>
      <div ref={ref}>
        <div ref={host} className={classes.host} data-drawn={drawn > 0} aria-hidden="true" />
      </div>
    </Marked>
  );
}
