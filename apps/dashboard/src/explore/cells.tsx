import { Trans, useLingui } from '@lingui/react/macro';
import { axisWidth, roundRatios } from '@property-insights/charts';
import type { UseQueryResult } from '@tanstack/react-query';
import { type PointerEvent, useRef, useState } from 'react';
import type { Question } from '../api/queries.ts';
import type { Histograms } from '../api/types.ts';
import { type Mark, Marked } from '../parts/cursor.tsx';
import { Section } from '../parts/section.tsx';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import { apart } from './brush.tsx';

interface CellsProps {
  question: Question;
  answer: UseQueryResult<Histograms>;
  /** The number of sales that all filters select. */
  chosen: number | undefined;
}

const height = 400;
const bottom = 40;

/** Square metres below the end of a cell, which is not in it. Sources state areas in hundredths. */
const belowEnd = 0.001;

/** Price against size: cells that grow with the number of sales. A rectangle chooses both. */
export function Cells({ question, answer, chosen }: CellsProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const of = answer.data?.cells.of ?? 'land_area';
  return (
    <Section
      title={of === 'land_area' ? t`Price against land` : t`Price against floor`}
      span={6}
      note={
        <Trans>
          Both on scales of equal ratios. The larger a cell, the more sales; blue: chosen. Drag to choose others; a
          click opens a cell.
        </Trans>
      }
      question={question}
      answer={answer}
      leftOut={answer.data?.left_out}
      height={height}
      measures={['cells', 'ratios']}
      footing={({ cells }) => {
        const all = cells.counts.reduce((sum, { sales }) => sum + sales, 0) + cells.outside;
        return (
          <>
            <span>
              <Trans>
                <b>{format.count(all)}</b> sales, {format.count(cells.without)} without
              </Trans>
            </span>
            {cells.outside > 0 && (
              <span>
                <Trans>{format.count(cells.outside)} outside the chart</Trans>
              </span>
            )}
          </>
        );
      }}
      table={({ cells }) => <CellsTable cells={cells} />}
    >
      {({ cells }) => <CellsChart cells={cells} chosen={chosen} />}
    </Section>
  );
}

function CellsChart({
  cells: { of, x, y, counts },
  chosen,
}: {
  cells: Histograms['cells'];
  chosen: number | undefined;
}) {
  const { t } = useLingui();
  const { filters, format, show } = usePage();
  const [ref, width] = useWidth();
  const [drag, setDrag] = useState<{ from: [number, number]; to: [number, number] }>();
  const dragged = useRef(false);
  const [columns, rows] = [Math.max(0, x.length - 1), Math.max(0, y.length - 1)];
  if (columns === 0 || rows === 0) {
    return (
      <p ref={ref} className="note">
        <Trans>No sale states both.</Trans>
      </p>
    );
  }
  const chart = format.chart('month');
  const indexOf = (edges: number[], value: number) => edges.findIndex((edge) => edge >= value);
  const ticks = (edges: number[], max: number) =>
    roundRatios(edges[0] as number, edges.at(-1) as number, max).map((value) => ({ value, at: indexOf(edges, value) }));
  const left = axisWidth(ticks(y, 6).map(({ value }) => chart.axisPrice(value)));
  const stepX = (width - left) / columns;
  const stepY = (height - bottom) / rows;
  const most = Math.max(...counts.map(({ sales }) => sales));
  const low = of === 'land_area' ? filters.land_area_min : filters.floor_area_min;
  const high = of === 'land_area' ? filters.land_area_max : filters.floor_area_max;
  const isFiltered = [low, high, filters.price_min, filters.price_max].some((value) => value !== undefined);
  /** The range of bins that a filter selects, of which both ends may be open. */
  const within = (edges: number[], from: number | undefined, to: number | undefined): [number, number] => {
    const first =
      from === undefined
        ? 0
        : Math.max(
            0,
            edges.findIndex((edge) => edge >= from),
          );
    const last = to === undefined ? edges.length - 1 : edges.findLastIndex((edge) => edge <= to);
    return [first, Math.max(first, last)];
  };
  const [x0, x1] = drag ? sorted(drag.from[0], drag.to[0]) : within(x, low, high);
  const [y0, y1] = drag ? sorted(drag.from[1], drag.to[1]) : within(y, filters.price_min, filters.price_max);
  const cornerAt = (event: PointerEvent<SVGSVGElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.round((event.clientX - box.left - left) / stepX);
    const row = Math.round((height - bottom - (event.clientY - box.top)) / stepY);
    return [Math.max(0, Math.min(columns, column)), Math.max(0, Math.min(rows, row))];
  };
  const choose = (a: [number, number], b: [number, number]) => {
    const [first, last] = sorted(a[0], b[0]);
    const [below, above] = sorted(a[1], b[1]);
    // A click opens the sales of a cell.
    dragged.current = first !== last && below !== above;
    if (!dragged.current) return;
    show({
      [`${of}_min`]: first === 0 ? undefined : x[first],
      [`${of}_max`]: last === columns ? undefined : x[last],
      price_min: below === 0 ? undefined : y[below],
      price_max: above === rows ? undefined : y[above],
    });
  };
  const marks = Array.from({ length: rows }, (_, i) => rows - 1 - i).map((row) =>
    counts
      .filter(({ y }) => y === row)
      .sort((a, b) => a.x - b.x)
      .map(({ x: column, sales }): Mark => {
        const [area, areaEnd] = [x[column] as number, x[column + 1] as number];
        const [price, priceEnd] = [y[row] as number, y[row + 1] as number];
        return {
          x: left + (column + 0.5) * stepX,
          y: height - bottom - (row + 0.5) * stepY,
          title: `${format.price(price)} – ${format.price(priceEnd)}, ${format.area(area)} – ${format.area(areaEnd)}`,
          facts: [[t`Sales`, format.count(sales)]],
          rows: {
            ...filters,
            [`${of}_min`]: area,
            [`${of}_max`]: areaEnd - belowEnd,
            price_min: Math.ceil(price),
            price_max: Math.ceil(priceEnd) - 1,
          },
          colour: 'var(--kind-0)',
        };
      }),
  );
  const framed = drag !== undefined || isFiltered;
  const roomRight = left + x1 * stepX < width - 100;
  return (
    <div ref={ref}>
      {width > 0 && (
        <Marked
          label={t`Numbers of sales by price and area. The histograms beside choose a range by keyboard.`}
          width={width}
          height={height}
          lines={marks.filter(({ length }) => length > 0)}
          below={bottom}
        >
          <svg
            width={width}
            height={height}
            aria-hidden="true"
            style={{ cursor: 'crosshair', touchAction: 'pan-y' }}
            onClick={(event) => dragged.current && event.stopPropagation()}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              setDrag({ from: cornerAt(event), to: cornerAt(event) });
            }}
            onPointerMove={(event) => drag && setDrag({ ...drag, to: cornerAt(event) })}
            onPointerUp={() => {
              if (drag) choose(drag.from, drag.to);
              setDrag(undefined);
            }}
            onPointerCancel={() => setDrag(undefined)}
          >
            {apart(ticks(y, 6), stepY, 18).map(({ value, at }) => {
              const py = height - bottom - at * stepY;
              return (
                <g key={value}>
                  <path d={`M${left} ${py}H${width}`} stroke="var(--rule)" />
                  <text x={left - 8} y={py + 4} textAnchor="end" fontSize="12" fill="var(--ink3)">
                    {chart.axisPrice(value)}
                  </text>
                </g>
              );
            })}
            {apart(ticks(x.map(format.fromSquareMetres), 6), stepX).map(({ value, at }) => {
              const px = left + at * stepX;
              return (
                <g key={value}>
                  <path d={`M${px} 0V${height - bottom}`} stroke="var(--rule)" />
                  <text
                    x={Math.min(px, width - 14)}
                    y={height - bottom + 18}
                    textAnchor="middle"
                    fontSize="12"
                    fill="var(--ink3)"
                  >
                    {chart.axisCount(value)}
                  </text>
                </g>
              );
            })}
            <text x={width} y={height - 6} textAnchor="end" fontSize="12" fill="var(--ink3)">
              {of === 'land_area' ? t`land, ${format.areaUnit}` : t`floor, ${format.areaUnit}`}
            </text>
            {counts.map(({ x: column, y: row, sales }) => {
              const size = Math.max(0.12, Math.sqrt(sales / most));
              const inside = column >= x0 && column < x1 && row >= y0 && row < y1;
              const [w, h] = [Math.max(1.5, (stepX - 2) * size), Math.max(1.5, (stepY - 2) * size)];
              return (
                <rect
                  key={`${column} ${row}`}
                  x={left + (column + 0.5) * stepX - w / 2}
                  y={height - bottom - (row + 0.5) * stepY - h / 2}
                  width={w}
                  height={h}
                  rx="1"
                  fill={inside && framed ? 'var(--kind-0)' : 'var(--bar)'}
                  opacity={inside || !framed ? 1 : 0.5}
                />
              );
            })}
            {framed && x1 > x0 && y1 > y0 && (
              <>
                <rect
                  x={left + x0 * stepX}
                  y={height - bottom - y1 * stepY}
                  width={(x1 - x0) * stepX}
                  height={(y1 - y0) * stepY}
                  fill="none"
                  stroke="var(--ink)"
                  strokeWidth="1.5"
                />
                {[x0, x1].flatMap((cx) =>
                  [y0, y1].map((cy) => (
                    <rect
                      key={`${cx} ${cy}`}
                      x={left + cx * stepX - 3.5}
                      y={height - bottom - cy * stepY - 3.5}
                      width="7"
                      height="7"
                      fill="var(--panel)"
                      stroke="var(--ink)"
                    />
                  )),
                )}
                {!drag && chosen !== undefined && (
                  <text
                    x={roomRight ? left + x1 * stepX + 10 : left + x1 * stepX - 6}
                    y={height - bottom - y1 * stepY + (roomRight ? 5 : -8)}
                    textAnchor={roomRight ? 'start' : 'end'}
                    fontSize="13"
                    fontWeight="600"
                    fill="var(--ink)"
                    stroke="var(--paper)"
                    strokeWidth="4"
                    paintOrder="stroke"
                  >
                    {t`${format.count(chosen)} sales`}
                  </text>
                )}
              </>
            )}
          </svg>
        </Marked>
      )}
    </div>
  );
}

const sorted = (a: number, b: number): [number, number] => (a <= b ? [a, b] : [b, a]);

function CellsTable({ cells: { x, y, counts } }: { cells: Histograms['cells'] }) {
  const { format } = usePage();
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">
            <Trans>Price from</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Area from</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Sales</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {counts
          .toSorted((a, b) => b.sales - a.sales)
          .map((cell) => (
            <tr key={`${cell.x} ${cell.y}`}>
              <td>{format.price(y[cell.y])}</td>
              <td className="number">{format.area(x[cell.x])}</td>
              <td className="number">{format.count(cell.sales)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
