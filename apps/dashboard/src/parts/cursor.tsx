import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useState } from 'react';
import { type Address, type Rows, writeQuery } from '../address.ts';
import classes from './cursor.module.css';

/** A point of a chart that the reader can go to, by pointer or arrow keys. */
export interface Mark {
  /** In the units of the axes; of a category axis, the index. */
  x: number;
  y: number;
  title: string;
  /** What is known about it: names and values. The same text is shown and spoken. */
  facts: [string, string][];
  /** The sales behind it. */
  rows?: Rows;
  colour: string;
}

interface MarkedProps {
  /** What the chart shows, for screen readers. */
  label: string;
  width: number;
  height: number;
  /** The points, by line, from the top of the chart down. */
  lines: Mark[][];
  /** The position of a point in pixels; by default its x and y. */
  pixelOf?(mark: Mark): [number, number] | undefined;
  /** Pixels of the labels below the axis. */
  below: number;
  /** Whether the point above or below the pointer is meant, rather than the nearest one. */
  byColumn?: boolean;
  /** The drawing, which the cursor covers. */
  children: ReactNode;
}

/** A drawing with a cursor on its points: pointer, keyboard and screen reader get the same points and the same text. */
export function Marked({
  label,
  width,
  height,
  lines,
  pixelOf = ({ x, y }) => [x, y],
  below,
  byColumn = false,
  children,
}: MarkedProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const hint = useId();
  const [at, setAt] = useState<{ line: number; point: number }>();
  const mark = at && lines[at.line]?.[at.point];
  const pixel = mark && pixelOf(mark);

  const toNearest = ({ clientX, clientY, currentTarget }: PointerEvent) => {
    const box = currentTarget.getBoundingClientRect();
    let best: { line: number; point: number; distance: number } | undefined;
    for (const [line, marks] of lines.entries()) {
      for (const [point, each] of marks.entries()) {
        const [px, py] = pixelOf(each) ?? [];
        if (px === undefined || py === undefined) return;
        const across = Math.abs(px - (clientX - box.left)) * (byColumn ? 10 : 1);
        const distance = Math.hypot(across, py - (clientY - box.top));
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
    const toLine = (next: number) => {
      const marks = lines[next];
      if (!marks || marks.length === 0 || !mark) return;
      const distances = marks.map(({ x }) => Math.abs(x - mark.x));
      setAt({ line: next, point: distances.indexOf(Math.min(...distances)) });
    };
    const last = (lines[line]?.length ?? 1) - 1;
    const moves: Record<string, () => void> = {
      ArrowRight: () => setAt({ line, point: Math.min(point + 1, last) }),
      ArrowLeft: () => setAt({ line, point: point < 0 ? last : Math.max(point - 1, 0) }),
      ArrowUp: () => toLine(line - 1),
      ArrowDown: () => toLine(line + 1),
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
      className={classes.marked}
      style={{ height }}
      role="group"
      aria-roledescription={t`chart`}
      aria-label={label}
      aria-describedby={lines.length > 0 ? hint : undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move its cursor
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(undefined)}
      onPointerMove={toNearest}
      onPointerLeave={() => setAt(undefined)}
      onClick={open}
    >
      {children}
      <span id={hint} className="hidden">
        <Trans>
          Arrow keys move along the points. Enter opens the sales behind a point, T shows the table, C cites the chart.
        </Trans>
      </span>
      {mark && pixel && <Cursor mark={mark} pixel={pixel} width={width} height={height} below={below} />}
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
  below: number;
}

function Cursor({ mark, pixel: [x, y], width, height, below }: CursorProps) {
  return (
    <>
      <svg className={classes.cursor} width={width} height={height} aria-hidden="true">
        <path d={`M${x} 6V${height - below}`} stroke="var(--ink)" />
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
