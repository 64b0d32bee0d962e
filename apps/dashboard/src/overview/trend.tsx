import { Button, SegmentedControl, Skeleton, useComputedColorScheme } from '@mantine/core';
import { lazy, Suspense, useId, useMemo } from 'react';
import { useTrend } from '../api/queries.ts';
import { formatCount, formatPeriod, formatPrice } from '../format.ts';
import { Failure } from '../states.tsx';
import { chartColours } from '../theme.ts';
import { type Interval, useView } from '../view.ts';
import section from './section.module.css';
import { THIN } from './thin.ts';
import classes from './trend.module.css';
import { MAX_GROUPS, shapeTrend, type TrendShape } from './trend-shape.ts';

const TrendChart = lazy(() => import('./trend-chart.tsx'));

/** @param pending whether the headline figures are still loading. Errors are shown only afterwards, because the headline figures show the same error */
export function Trend({ pending }: { pending: boolean }) {
  const { view, show } = useView();
  const { data, error, isPlaceholderData, refetch } = useTrend(view);
  const heading = useId();
  // The interval of the answer: while another one is loading, the old periods keep their names.
  const shape = useMemo(() => data && shapeTrend(data, view.span), [data, view.span]);
  return (
    <section className={section.section} aria-labelledby={heading}>
      <div className={section.head}>
        <h2 id={heading}>Price trend</h2>
        <div className={section.switch}>
          <span id={`${heading}-by`}>Group by</span>
          <SegmentedControl
            aria-labelledby={`${heading}-by`}
            value={view.group_by}
            onChange={(group_by) => show({ group_by })}
            data={[
              { value: 'none', label: 'None' },
              { value: 'region', label: 'Region' },
              { value: 'type', label: 'Type' },
            ]}
          />
        </div>
        <SegmentedControl
          aria-label="Interval"
          value={view.interval}
          onChange={(interval) => show({ interval })}
          data={[
            { value: 'month', label: 'Month' },
            { value: 'quarter', label: 'Quarter' },
            { value: 'year', label: 'Year' },
          ]}
        />
      </div>
      {error && !pending && (
        <Failure title="The price trend could not be loaded." error={error} retry={() => refetch()} />
      )}
      {!shape && (pending || !error) && <Skeleton height="23rem" />}
      {data && shape && (
        <div aria-busy={isPlaceholderData} className={isPlaceholderData ? section.stale : undefined}>
          <Legend shape={shape} />
          <Suspense fallback={<Skeleton height="23rem" />}>
            <TrendChart
              shape={shape}
              currency={data.market.currency}
              interval={data.interval}
              label={describe(shape, data.market.currency, data.interval)}
            />
          </Suspense>
          <Early shape={shape} />
          <Figures shape={shape} currency={data.market.currency} interval={data.interval} />
        </div>
      )}
    </section>
  );
}

const ofGroup = (name: string | undefined) => (name === undefined ? '' : ` of ${name}`);

/** A description of the chart. */
function describe({ periods, series }: TrendShape, currency: string, interval: Interval): string {
  const parts = series.map(({ name, points }) => {
    const known = points.flatMap((point) => (point?.median == null ? [] : [point]));
    const [first, last] = [known[0], known.at(-1)];
    if (!first || !last) return `no sales${ofGroup(name)}`;
    const at = ({ median, period }: typeof first) =>
      `${formatPrice(median, currency)} in ${formatPeriod(period, interval)}`;
    return `median price${ofGroup(name)} ${at(first)}, ${at(last)}`;
  });
  return `Price trend by ${interval}, ${periods.length} periods: ${parts.join('; ')}. The figures are in the table below the chart.`;
}

function Legend({ shape: { series, complete, groupsLeftOut } }: { shape: TrendShape }) {
  const { lines } = chartColours[useComputedColorScheme('light')];
  const grouped = series.some(({ name }) => name !== undefined);
  return (
    <ul className={classes.legend}>
      {grouped ? (
        series.map(({ name }, i) => (
          <li key={name}>
            <i style={{ background: lines[i] }} />
            {name}
          </li>
        ))
      ) : (
        <>
          <li>
            <i style={{ background: lines[0] }} />
            Median price
          </li>
          <li>
            <i className={classes.band} style={{ background: lines[0] }} />
            Middle half of the prices (25th to 75th percentile)
          </li>
        </>
      )}
      {series.some(({ points }) => points.some((point) => point && point.sales < THIN)) && (
        <li className={classes.below}>Faint dots: fewer than {THIN} sales</li>
      )}
      {complete.includes(false) && <li className={classes.below}>Dotted: the period is incomplete</li>}
      {groupsLeftOut > 0 && (
        <li className={classes.below}>
          The {MAX_GROUPS} groups with most sales; {formatCount(groupsLeftOut)} more are not drawn
        </li>
      )}
    </ul>
  );
}

/** States which early sales the chart leaves out, with a link to show them. */
function Early({ shape: { early } }: { shape: TrendShape }) {
  const { view, link } = useView();
  if (early) {
    return (
      <p className={section.note}>
        {formatCount(early.sales)} earlier sales, from {early.from.slice(0, 4)} to {early.to.slice(0, 4)}, are not
        drawn. <a {...link({ span: 'all' })}>Draw all</a>
      </p>
    );
  }
  if (view.span === 'main') return null;
  return (
    <p className={section.note}>
      Drawn back to the first sale. <a {...link({ span: 'main' })}>Draw the main part</a>
    </p>
  );
}

/** The chart's figures as a table, the latest first. */
function Figures({ shape, currency, interval }: { shape: TrendShape; currency: string; interval: Interval }) {
  const { view, show } = useView();
  const id = useId();
  const shown = view.figures === 'shown';
  const grouped = shape.series.some(({ name }) => name !== undefined);
  return (
    <div className={classes.figures}>
      <Button
        variant="default"
        size="compact-sm"
        aria-expanded={shown}
        aria-controls={id}
        onClick={() => show({ figures: shown ? 'hidden' : 'shown' })}
      >
        {shown ? 'Hide the figures' : 'Show the figures as a table'}
      </Button>
      <div id={id} hidden={!shown}>
        {shown && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          <section className={classes.scroll} aria-label="Figures of the price trend" tabIndex={0}>
            <table className={section.table}>
              <thead>
                <tr>
                  <th scope="col">Period</th>
                  {grouped && (
                    <th scope="col" className={section.text}>
                      Group
                    </th>
                  )}
                  <th scope="col">Sales</th>
                  <th scope="col">Median</th>
                  <th scope="col">Mean</th>
                  <th scope="col">25th percentile</th>
                  <th scope="col">75th percentile</th>
                </tr>
              </thead>
              <tbody>
                {shape.periods
                  .map((period, at) =>
                    shape.series.map(({ name, points }) => {
                      const point = points[at];
                      return (
                        <tr key={`${period} ${name}`}>
                          <th scope="row">
                            {formatPeriod(period, interval)}
                            {!shape.complete[at] && ' (incomplete)'}
                          </th>
                          {grouped && <td className={section.text}>{name}</td>}
                          <td>{formatCount(point?.sales ?? 0)}</td>
                          <td>{formatPrice(point?.median ?? null, currency)}</td>
                          <td>{formatPrice(point?.mean ?? null, currency)}</td>
                          <td>{formatPrice(point?.p25 ?? null, currency)}</td>
                          <td>{formatPrice(point?.p75 ?? null, currency)}</td>
                        </tr>
                      );
                    }),
                  )
                  .reverse()}
              </tbody>
            </table>
          </section>
        )}
      </div>
    </div>
  );
}
