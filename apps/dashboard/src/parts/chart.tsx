import { Trans, useLingui } from '@lingui/react/macro';
import { cssTheme, type Theme } from '@property-insights/charts';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { type Address, type Filters, writeQuery } from '../address.ts';
import classes from './chart.module.css';
import type { ECharts, EChartsCoreOption } from './echarts.ts';

/** A point of a chart that the reader can go to, by pointer or arrow keys. */
export interface Mark {
  /** In the units of the axes; of a category axis, the index. */
  x: number;
  y: number;
  title: string;
  /** What is known about it: names and values. The same text is shown and spoken. */
  facts: [string, string][];
  /** The sales behind it. */
  rows?: Filters;
  colour: string;
}

interface ChartProps {
  /** What the chart shows, for screen readers. */
  label: string;
  height: number;
  /** The points, by line. */
  lines: Mark[][];
  options(style: { theme: Theme; width: number }): EChartsCoreOption;
}

const library = () => import('./echarts.ts');

/** A chart drawn by ECharts, with a cursor of its own: pointer, keyboard and screen reader get the same points and the same text. */
export function Chart({ label, height, lines, options }: ChartProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const hint = useId();
  const [width, setWidth] = useState(0);
  const [drawn, setDrawn] = useState(0);
  const [at, setAt] = useState<{ line: number; point: number }>();

  useLayoutEffect(() => {
    const element = host.current as HTMLDivElement;
    const resizing = new ResizeObserver(() => setWidth(element.clientWidth));
    resizing.observe(element);
    setWidth(element.clientWidth);
    return () => {
      resizing.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, []);

  // Drawn again with every change of the options: they come from an answer, and drawing takes less than the answer.
  useEffect(() => {
    let current = true;
    if (width === 0) return;
    library().then(({ init }) => {
      if (!current || !host.current) return;
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
  const mark = at && lines[at.line]?.[at.point];
  const pixel = mark && drawn > 0 ? pixelOf(mark) : undefined;

  const nearest = ({ clientX, clientY, currentTarget }: PointerEvent) => {
    const box = currentTarget.getBoundingClientRect();
    let best: { line: number; point: number; distance: number } | undefined;
    for (const [line, marks] of lines.entries()) {
      for (const [point, each] of marks.entries()) {
        const [px, py] = pixelOf(each) ?? [];
        if (px === undefined || py === undefined) return;
        // Columns first: the point above or below the pointer is meant.
        const distance = Math.abs(px - (clientX - box.left)) * 10 + Math.abs(py - (clientY - box.top));
        if (!best || distance < best.distance) best = { line, point, distance };
      }
    }
    setAt(best && { line: best.line, point: best.point });
  };

  const open = () => {
    const rows = mark?.rows;
    if (rows) {
      navigate({ to: '.', search: (before: Address) => ({ ...before, rows: writeQuery(rows) }), resetScroll: false });
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const { line, point } = at ?? { line: 0, point: -1 };
    const x = mark?.x;
    const onLine = (next: number) => {
      const marks = lines[next];
      if (!marks || marks.length === 0) return;
      const same = marks.findIndex((each) => each.x === x);
      setAt({ line: next, point: same >= 0 ? same : Math.min(point, marks.length - 1) });
    };
    const last = (lines[line]?.length ?? 1) - 1;
    const moves: Record<string, () => void> = {
      ArrowRight: () => setAt({ line, point: Math.min(point + 1, last) }),
      ArrowLeft: () => setAt({ line, point: point < 0 ? last : Math.max(point - 1, 0) }),
      ArrowUp: () => onLine(line - 1),
      ArrowDown: () => onLine(line + 1),
      Home: () => setAt({ line, point: 0 }),
      End: () => setAt({ line, point: last }),
      Enter: open,
      Escape: () => setAt(undefined),
    };
    const move = moves[event.key];
    if (!move || lines.length === 0) return;
    event.preventDefault();
    move();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of form fields is something else
    <div
      className={classes.chart}
      style={{ height }}
      role="group"
      aria-roledescription={t`chart`}
      aria-label={label}
      aria-describedby={lines.length > 0 ? hint : undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move its cursor
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(undefined)}
      onPointerMove={nearest}
      onPointerLeave={() => setAt(undefined)}
      onClick={open}
    >
      <div ref={host} className={classes.host} data-drawn={drawn > 0} aria-hidden="true" />
      <span id={hint} className="hidden">
        <Trans>Arrow keys move along the points. Enter opens the sales behind a point.</Trans>
      </span>
      {mark && pixel && <Cursor mark={mark} pixel={pixel} width={width} height={height} />}
      <span className="hidden" aria-live="polite">
        {mark && [mark.title, ...mark.facts.map((fact) => fact.join(': '))].join('. ')}
      </span>
    </div>
  );
}

interface CursorProps {
  mark: Mark;
  pixel: [number, number];
  width: number;
  height: number;
}

function Cursor({ mark, pixel: [x, y], width, height }: CursorProps) {
  return (
    <>
      <svg className={classes.cursor} width={width} height={height} aria-hidden="true">
        <path d={`M${x} 6V${height - 50}`} stroke="var(--ink)" />
        <circle cx={x} cy={y} r="9" fill="none" stroke="var(--focus)" strokeWidth="2" />
        <circle cx={x} cy={y} r="5" fill={mark.colour} stroke="var(--paper)" strokeWidth="2" />
      </svg>
      {/* On the side of the point with more room, so that it never covers it. */}
      <div
        className={classes.tip}
        style={{
          ...(x > width / 2 ? { right: width - x + 18 } : { left: x + 18 }),
          ...(y > height / 2 ? { bottom: height - y - 20 } : { top: Math.max(0, y - 20) }),
        }}
        aria-hidden="true"
      >
        <p>
          <b>{mark.title}</b>
        </p>
        <dl>
          {mark.facts.map(([name, value], i) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{i === 0 ? <b>{value}</b> : value}</dd>
            </div>
          ))}
        </dl>
        {mark.rows && (
          <p className={classes.hint}>
            <span className="key">↵</span> <Trans>opens these sales</Trans>
          </p>
        )}
      </div>
    </>
  );
}
