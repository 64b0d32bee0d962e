import { useLingui } from '@lingui/react/macro';
import { type ChartStyle, minKnown, trendLayout, trendOptions } from '@property-insights/charts';
import { type KeyboardEvent, type PointerEvent, useCallback, useRef, useState } from 'react';
import type { IndexMethod } from '../address.ts';
import { Chart } from '../parts/chart.tsx';
import type { Mark } from '../parts/cursor.tsx';
import { kindOfMethod, useMethods } from '../parts/index-methods.ts';
import { colourOfKind } from '../parts/kinds.ts';
import { Notes, useNoteFacts, usePlacedNotes } from '../parts/notes.tsx';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import classes from './index-chart.module.css';
import type { IndexShape } from './index-shape.ts';
import { isOfPairs, useRowsOfValue } from './rows-of-value.ts';

export const indexChartHeight = trendLayout({ width: 800 }, false).height;

/** Bands of more lines hide each other. */
const maxBands = 2;

/** The indices of the chosen methods, with a handle that chooses the base period. */
export function IndexChart({ shape, shown }: { shape: IndexShape; shown: IndexMethod[] }) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const texts = useMethods();
  const { interval, periods } = shape;
  const rowsOf = useRowsOfValue(interval);
  const series = shape.series.filter(({ method }) => shown.includes(method));
  const drawn = series.map(({ method, values }) => {
    return { name: texts[method].name, kind: kindOfMethod[method], prices: values };
  });
  const notes = usePlacedNotes(periods, interval);
  const factsOfNotes = useNoteFacts();
  const key = JSON.stringify(shown);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the series follow from the shape and the key
  const options = useCallback(
    (style: Pick<ChartStyle, 'theme' | 'width'>) =>
      trendOptions(
        {
          periods,
          series: drawn,
          bands: drawn.length <= maxBands,
          volumes: false,
          notes,
          words: {
            sales: '',
            known: t`Known`,
            zones: { arriving: t`Still arriving`, before: t`Before the files`, unknown: t`May still be arriving` },
          },
        },
        {
          ...style,
          // Values of an index have no currency.
          format: {
            ...format.chart(interval),
            axisPrice: (value) => format.count(Math.round(value)),
            shortPrice: (value) => format.decimal(value),
          },
        },
      ),
    [shape, key, notes, format, t],
  );
  const marks = series.map(({ method, points }) =>
    points.flatMap((point, x): Mark[] => {
      const period = periods[x];
      if (point?.index == null || (period?.known ?? 1) < minKnown) return [];
      const unit = isOfPairs(method) ? t`Pairs` : t`Sales`;
      return [
        {
          x,
          y: point.index,
          title: [format.period(point.period, interval), texts[method].name].join(', '),
          facts: [
            [t`Index`, format.decimal(point.index)],
            ...(point.lower !== null && point.upper !== null
              ? [
                  [t`95% interval`, `${format.decimal(point.lower)} – ${format.decimal(point.upper)}`] as [
                    string,
                    string,
                  ],
                ]
              : []),
            [unit, format.count(point.count)],
            ...factsOfNotes(notes, x),
          ],
          rows: rowsOf(method, point.period),
          colour: colourOfKind(kindOfMethod[method]),
        },
      ];
    }),
  );
  const layout = trendLayout({ width: width || 800 }, false, series.length);
  return (
    <div ref={ref} className={classes.chart}>
      <BaseHandle shape={shape} left={layout.left} width={width - layout.left - layout.right} height={layout.railTop} />
      <Chart
        label={t`Price index: ${series.map(({ method }) => texts[method].name).join(', ')}`}
        height={layout.height}
        lines={marks}
        options={options}
      />
      <Notes notes={notes} />
    </div>
  );
}

interface BaseHandleProps {
  shape: IndexShape;
  /** Pixels of the area that is drawn on. */
  left: number;
  width: number;
  height: number;
}

/** The base period on the chart: a slider over the covered periods. */
function BaseHandle({ shape, left, width, height }: BaseHandleProps) {
  const { t } = useLingui();
  const { format, show } = usePage();
  const { base, periods, series, interval } = shape;
  const track = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<number>();
  const isPossible = (i: number) => series.some(({ values }) => values[i] !== undefined && !values[i].thin);
  const possible = periods.flatMap(({ coverage }, i) => (coverage === 'covered' && isPossible(i) ? [i] : []));
  const chosen = periods.findIndex(({ day }) => day === base);
  const at = dragged ?? chosen;
  if (width <= 0 || at < 0) return null;
  const step = width / periods.length;
  const nearest = (wanted: number) =>
    possible.reduce((best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best), chosen);
  const choose = (i: number | undefined) => {
    if (i !== undefined && i !== chosen) show({ base: periods[i]?.day });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number | undefined> = {
      ArrowLeft: possible.findLast((i) => i < chosen),
      ArrowRight: possible.find((i) => i > chosen),
      Home: possible[0],
      End: possible.at(-1),
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    choose(moves[event.key]);
  };
  const under = ({ clientX }: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    return nearest(Math.floor((clientX - (box?.left ?? 0)) / step));
  };
  const label = format.period(periods[at]?.day as string, interval);
  return (
    <div ref={track} className={classes.track} style={{ left, width, height }}>
      <div
        className={classes.handle}
        style={{ left: (at + 0.5) * step }}
        role="slider"
        tabIndex={0}
        aria-label={t`Base period`}
        aria-valuemin={0}
        aria-valuemax={periods.length - 1}
        aria-valuenow={at}
        aria-valuetext={label}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragged(chosen);
        }}
        onPointerMove={(event) => dragged !== undefined && setDragged(under(event))}
        onPointerUp={() => {
          choose(dragged);
          setDragged(undefined);
        }}
        onPointerCancel={() => setDragged(undefined)}
      >
        <span>{label} = 100</span>
      </div>
    </div>
  );
}
