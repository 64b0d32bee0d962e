import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, type PointerEvent, useEffect, useState } from 'react';
import { useWidth } from '../parts/use-width.ts';
import classes from './brush.module.css';

export interface BrushBin {
  sales: number;
  /** Whether it is partly known. */
  loose?: boolean;
}

interface BrushProps {
  label: string;
  bins: BrushBin[];
  /** The chosen bins: from the first to before the second; undefined if all are. */
  chosen: [number, number] | undefined;
  onChoose(chosen: [number, number] | undefined): void;
  /** How an edge is written: `$900,000`. */
  edge(index: number): string;
  /** Labels of the axis: indices of edges and texts. */
  ticks: { at: number; text: string }[];
}

const height = 64;

/** Labels that do not touch each other. */
export function apart<T extends { at: number }>(ticks: T[], step: number, pixels = 40): T[] {
  const kept: T[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (!last || Math.abs(tick.at - last.at) * step >= pixels) kept.push(tick);
  }
  return kept;
}

/**
 * A histogram as a control: ghost bars for what the other filters leave, coloured bars for what is chosen. A range is chosen by dragging, or by the
 * handles and the arrow keys, ten bins at a time with Shift.
 */
export function Brush({ label, bins, chosen, onChoose, edge, ticks }: BrushProps) {
  const { t } = useLingui();
  const [ref, width] = useWidth();
  /** The range while it is dragged: the end that stays, and the one that moves. */
  const [drag, setDrag] = useState<[number, number]>();
  const count = bins.length;
  const range = drag ? ([Math.min(...drag), Math.max(...drag)] as const) : (chosen ?? ([0, count] as const));
  const highest = Math.max(1, ...bins.map(({ sales }) => sales));
  const step = count > 0 ? width / count : 0;
  const isAll = range[0] <= 0 && range[1] >= count;

  const choose = (low: number, high: number) => {
    const [from, to] = [Math.max(0, Math.min(low, high)), Math.min(count, Math.max(low, high))];
    onChoose((from === 0 && to === count) || from === to ? undefined : [from, to]);
  };
  const edgeAt = (event: PointerEvent<SVGSVGElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(count, Math.round((event.clientX - left) / step)));
  };
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    if (count === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = edgeAt(event);
    // A handle under the pointer is moved; elsewhere a new range begins.
    const [low, high] = range;
    const near = Math.max(1, 12 / step);
    if (!isAll && Math.abs(at - low) <= near) setDrag([high, at]);
    else if (!isAll && Math.abs(at - high) <= near) setDrag([low, at]);
    else setDrag([at, at]);
  };
  const onKey = (end: 0 | 1) => (event: KeyboardEvent) => {
    const by = event.shiftKey ? 10 : 1;
    const moves: Record<string, number> = {
      ArrowLeft: range[end] - by,
      ArrowDown: range[end] - by,
      ArrowRight: range[end] + by,
      ArrowUp: range[end] + by,
      Home: end === 0 ? 0 : range[0] + 1,
      End: end === 1 ? count : range[1] - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    // The ends do not cross.
    if (end === 0) choose(Math.min(to, range[1] - 1), range[1]);
    else choose(range[0], Math.max(to, range[0] + 1));
  };
  // A change of the filters elsewhere ends a drag.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when what is chosen changes
  useEffect(() => setDrag(undefined), [chosen?.[0], chosen?.[1]]);

  return (
    <div ref={ref} className={classes.brush} style={{ height: height + 24 }}>
      {width > 0 && count > 0 && (
        <>
          <svg
            width={width}
            height={height + 24}
            aria-hidden="true"
            onPointerDown={onPointerDown}
            onPointerMove={(event) => drag && setDrag([drag[0], edgeAt(event)])}
            onPointerUp={() => {
              if (drag) choose(...drag);
              setDrag(undefined);
            }}
            onPointerCancel={() => setDrag(undefined)}
          >
            {!isAll && (
              <rect
                x={range[0] * step}
                width={(range[1] - range[0]) * step}
                height={height}
                fill="var(--kind-0)"
                opacity="0.1"
              />
            )}
            {bins.map(({ sales, loose }, i) => {
              const tall = sales > 0 ? Math.max(1, (sales / highest) * (height - 6)) : 0;
              const inside = i >= range[0] && i < range[1];
              return (
                <rect
                  // biome-ignore lint/suspicious/noArrayIndexKey: bins in order
                  key={i}
                  x={i * step + 0.5}
                  y={height - tall}
                  width={Math.max(1, step - 1)}
                  height={tall}
                  fill={inside ? 'var(--kind-0)' : 'var(--strongRule)'}
                  opacity={loose ? 0.45 : 1}
                />
              );
            })}
            <path d={`M0 ${height + 0.5}H${width}`} stroke="var(--ink2)" />
            {apart(ticks, step, 12 + 6 * Math.max(...ticks.map(({ text }) => text.length))).map(({ at, text }) => (
              <text
                key={at}
                x={Math.max(0, Math.min(width, at * step))}
                y={height + 18}
                textAnchor={at * step < 16 ? 'start' : at * step > width - 16 ? 'end' : 'middle'}
                fontSize="12"
                fill="var(--ink3)"
              >
                {text}
              </text>
            ))}
          </svg>
          {([0, 1] as const).map((end) => (
            <span
              key={end}
              role="slider"
              tabIndex={0}
              className={classes.handle}
              data-end={end}
              style={{ left: range[end] * step }}
              aria-label={end === 0 ? t`${label}, from` : t`${label}, to`}
              aria-valuemin={0}
              aria-valuemax={count}
              aria-valuenow={range[end]}
              aria-valuetext={edge(range[end])}
              onKeyDown={onKey(end)}
            />
          ))}
        </>
      )}
    </div>
  );
}
