import { Trans, useLingui } from '@lingui/react/macro';
import {
  type ChartStyle,
  endOf,
  minKnown,
  priceScale,
  type TrendSeries,
  trendLayout,
  trendOptions,
} from '@property-insights/charts';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo } from 'react';
import { type Filters, type Interval, intervals } from '../address.ts';
import type { Question } from '../api/queries.ts';
import type { TrendAnswer } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { Chart } from './chart.tsx';
import type { Mark } from './cursor.tsx';
import { colourOfKind } from './kinds.ts';
import { Notes, NotesOf, useNoteFacts, usePlacedNotes } from './notes.tsx';
import { Section } from './section.tsx';
import { Segmented } from './segmented.tsx';
import { indexTrend, shapeTrend, type TrendShape } from './trend-shape.ts';
import { useWidth } from './use-width.ts';

/** A line of the chart. */
export interface TrendLine {
  /** The group of the answer; null without grouping. */
  group: string | null;
  name: string;
  /** Index of its colour. */
  kind: number | undefined;
  /** The sales behind it. */
  filters: Filters;
}

interface TrendSectionProps {
  title: string;
  span?: 5 | 6 | 7 | 8 | 9 | 12;
  question: Question;
  answer: UseQueryResult<TrendAnswer>;
  /** At most ten. */
  lines: TrendLine[];
  volumes?: boolean;
  /** Whether prices are drawn in per cent of the first covered period that all lines have. */
  indexed?: boolean;
  note?: ReactNode;
  footing?: ReactNode;
  /** As those of a section. */
  leftOutFilters?: Filters | null;
}

export const defaultInterval: Interval = 'month';

/** Bands of more lines hide each other. */
const maxBands = 2;

/** Prices over time, with what is known of each period. */
export function TrendSection({
  title,
  span,
  question,
  answer,
  lines,
  volumes = true,
  indexed = false,
  note,
  footing,
  leftOutFilters,
}: TrendSectionProps) {
  const { t } = useLingui();
  const { address, format, show } = usePage();
  const shape = useMemo(() => {
    const shape = answer.data && shapeTrend(answer.data);
    return shape && indexed ? indexTrend(shape) : shape;
  }, [answer.data, indexed]);
  const height = trendLayout({ width: 800 }, volumes).height;
  const names: Record<Interval, string> = { month: t`Month`, quarter: t`Quarter`, year: t`Year` };
  const early = shape ? format.count(shape.early) : '';
  return (
    <Section
      title={title}
      span={span}
      question={question}
      answer={{ ...answer, data: shape }}
      leftOut={answer.data?.left_out}
      leftOutFilters={leftOutFilters}
      height={height}
      measures={indexed ? ['indexed', 'median', 'known'] : ['median', 'band', 'known']}
      note={
        note ?? <Trans>Median, and the middle half of prices around it. Dotted and hollow: may still change.</Trans>
      }
      aside={
        <Segmented
          label={t`Period`}
          value={address.interval ?? defaultInterval}
          choices={intervals.map((interval) => [interval, names[interval]] as const)}
          onChange={(interval) => show({ interval })}
        />
      }
      table={(shape) => <TrendTable shape={shape} lines={lines} />}
      footing={(shape) => (
        <>
          {footing}
          {startOf(shape, lines) > 0 && !indexed && (
            <Trans>The axis starts at {format.chart(shape.interval).axisPrice(startOf(shape, lines))}</Trans>
          )}
          {shape.early > 0 && <Trans>{early} earlier sales are not drawn</Trans>}
        </>
      )}
    >
      {(shape) => <TrendChart title={title} shape={shape} lines={lines} volumes={volumes} indexed={indexed} />}
    </Section>
  );
}

/** Index values have no currency. */
const indexFormat = {
  axisPrice: (value: number) => String(Math.round(value)),
  shortPrice: (value: number) => value.toFixed(1),
};

/** The lines as the chart draws them. */
function seriesOf({ groups }: TrendShape, lines: TrendLine[]): TrendSeries[] {
  return lines.flatMap(({ group, name, kind }) => {
    const found = groups.find((each) => each.name === group);
    return found ? [{ name, kind, prices: found.prices }] : [];
  });
}

/** The price at which the axis starts. */
const startOf = (shape: TrendShape, lines: TrendLine[]): number =>
  priceScale({ periods: shape.periods, series: seriesOf(shape, lines), bands: lines.length <= maxBands }).min;

interface TrendChartProps {
  title: string;
  shape: TrendShape;
  lines: TrendLine[];
  volumes: boolean;
  indexed: boolean;
}

function TrendChart({ title, shape, lines, volumes, indexed }: TrendChartProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const factsOfNotes = useNoteFacts();
  const [ref, width] = useWidth();
  const { interval, periods } = shape;
  const groupOf = ({ group }: TrendLine) => shape.groups.find(({ name }) => name === group);
  const notes = usePlacedNotes(periods, interval);
  const options = useCallback(
    (style: Pick<ChartStyle, 'theme' | 'width'>) =>
      trendOptions(
        {
          periods,
          series: seriesOf(shape, lines),
          bands: lines.length <= maxBands && !indexed,
          volumes,
          notes,
          words: {
            sales: { month: t`Sales a month`, quarter: t`Sales a quarter`, year: t`Sales a year` }[interval],
            known: t`Known`,
            zones: { arriving: t`Still arriving`, before: t`Before the files`, unknown: t`May still be arriving` },
          },
        },
        { ...style, format: indexed ? { ...format.chart(interval), ...indexFormat } : format.chart(interval) },
      ),
    [shape, periods, lines, volumes, notes, indexed, interval, format, t],
  );
  /** How much of a period is known, where that is not all of it. */
  const knownFact = (at: number): [string, string][] => {
    const { coverage, known } = periods[at] ?? {};
    if (known != null) return [[t`Known`, format.percent(known)]];
    return coverage === 'covered' ? [] : [[t`Known`, t`not all`]];
  };
  const marks = lines.map((line) =>
    (groupOf(line)?.points ?? []).flatMap((point, x): Mark[] => {
      // A period of which little is known is not drawn.
      if (point?.median == null || (periods[x]?.known ?? 1) < minKnown) return [];
      const sold = { sold_from: point.period, sold_to: endOf(point.period, interval) };
      return [
        {
          x,
          y: groupOf(line)?.prices[x]?.value ?? point.median,
          title: [format.period(point.period, interval), line.name].filter(Boolean).join(', '),
          facts: [
            [t`Median`, format.price(point.median)],
            [t`Middle half`, `${format.shortPrice(point.p25)} – ${format.shortPrice(point.p75)}`],
            [t`Sales`, format.count(point.sales)],
            ...knownFact(x),
            ...factsOfNotes(notes, x),
          ],
          rows: { ...line.filters, ...narrowed(line.filters, sold) },
          colour: colourOfKind(line.kind),
        },
      ];
    }),
  );
  return (
    <div ref={ref}>
      <Chart
        label={t`${title}: ${lines.map(({ name }) => name).join(', ')}`}
        height={trendLayout({ width: width || 800 }, volumes).height}
        lines={marks}
        options={options}
      />
      <Notes notes={notes} />
    </div>
  );
}

/** The days of a period that the filters select. */
export function narrowed(filters: Filters, { sold_from, sold_to }: { sold_from: string; sold_to: string }): Filters {
  return {
    sold_from: filters.sold_from && filters.sold_from > sold_from ? filters.sold_from : sold_from,
    sold_to: filters.sold_to && filters.sold_to < sold_to ? filters.sold_to : sold_to,
  };
}

function TrendTable({ shape: { periods, groups, interval }, lines }: { shape: TrendShape; lines: TrendLine[] }) {
  const { format } = usePage();
  const notes = usePlacedNotes(periods, interval);
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">
            <Trans>Period</Trans>
          </th>
          <th scope="col">
            <Trans>Group</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Sales</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>25%</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Median</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>75%</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {periods
          .map(({ day, coverage }, i) =>
            lines.map(({ group, name }, line) => {
              const point = groups.find((each) => each.name === group)?.points[i];
              return (
                <tr key={`${day} ${group}`} className={coverage === 'covered' ? undefined : 'muted'}>
                  <th scope="row">
                    {format.period(day, interval)}
                    {line === 0 && <NotesOf period={i} notes={notes} />}
                  </th>
                  <td>{name}</td>
                  <td className="number">{format.count(point?.sales ?? 0)}</td>
                  <td className="number">{format.price(point?.p25)}</td>
                  <td className="number">{format.price(point?.median)}</td>
                  <td className="number">{format.price(point?.p75)}</td>
                </tr>
              );
            }),
          )
          .reverse()}
      </tbody>
    </table>
  );
}
