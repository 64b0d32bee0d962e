import { Trans, useLingui } from '@lingui/react/macro';
import { monthsOf } from '@property-insights/charts';
import type { ReactNode } from 'react';
import type { Filters, Interval } from '../address.ts';
import { addressOf } from '../api/client.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { dayBefore, nextDay } from '../format.ts';
import { useMarketFacets } from '../parts/covered.ts';
import { Door } from '../parts/door.tsx';
import { shapeTrend } from '../parts/trend-shape.ts';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';

/** What the chosen market has: its period, its coordinates, and all of it as a file. */
export function Coverage() {
  const { t } = useLingui();
  const { address, format, market } = usePage();
  const { data, isFetching } = useMarketFacets();
  const filters: Filters = { market: address.market, as_of: address.as_of };
  const located = useAnswer(questions.map(filters, 'region'), data !== undefined).data;
  if (!data || !market) return null;
  const { covered, standard, stated } = data;
  const every: Filters = { ...filters, standard: 'all' };
  const bases = {
    'issue dates': t`by the delays until sales were issued`,
    counts: t`by the numbers of sales in the months beside`,
    setting: t`as set for this market`,
  };
  const counts: [ReactNode, number, Filters | undefined][] = [
    [<Trans key="all">Sales</Trans>, standard.all, every],
    [<Trans key="left">Left out of figures</Trans>, standard.false, { ...filters, standard: 'false' }],
    [
      <Trans key="before">Before the covered period</Trans>,
      covered.before,
      covered.from === null ? undefined : { ...filters, sold_to: dayBefore(covered.from) },
    ],
    [
      <Trans key="after">After it, still arriving</Trans>,
      covered.after,
      covered.to === null ? undefined : { ...filters, sold_from: nextDay(covered.to) },
    ],
    [<Trans key="own">With coordinates of their own</Trans>, stated.latitude - (located?.approximate ?? 0), undefined],
    [<Trans key="placed">Placed by their locality or postcode</Trans>, located?.approximate ?? 0, undefined],
    [<Trans key="not">Not on the map</Trans>, located?.unlocated ?? 0, undefined],
  ];
  const file = (kind: 'csv' | 'parquet') => addressOf(`/api/analytics/sales.${kind}`, every);
  return (
    <section className={`${classes.part} ${isFetching ? classes.stale : ''}`} aria-busy={isFetching}>
      <h2>
        <Trans>What {market.name} has</Trans>
      </h2>
      {covered.from !== null && covered.to !== null && (
        <>
          <p className="note">
            <Trans>
              Covered {format.span(covered.from, covered.to)}, {bases[covered.basis]}. Hatched: partly known.
            </Trans>
          </p>
          <Volumes filters={filters} months={monthsOf(covered.from, covered.to)} />
        </>
      )}
      <table className="table">
        <tbody>
          {counts.map(([name, count, rows], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list
            <tr key={i} className={count === 0 ? 'muted' : undefined}>
              <th scope="row">{name}</th>
              <td className="number">
                {rows && count > 0 ? <Door rows={rows}>{format.count(count)}</Door> : format.count(count)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {located && located.unlocated > 0 && (
        <p className="note">
          <Trans>
            A list of places puts those on the map: drop the postal codes of GeoNames, such as AU.zip, or any CSV with
            postcodes, coordinates and, if known, names of places. It is loaded like sales, and undone like them.
          </Trans>
        </p>
      )}
      <p className={`buttons ${classes.exports}`}>
        <a className="button" href={file('csv')} download>
          <Trans>All sales as CSV</Trans>
        </a>
        <a className="button" href={file('parquet')} download>
          Parquet
        </a>
      </p>
    </section>
  );
}

const height = 48;

/** Sales by period, as small bars. */
function Volumes({ filters, months }: { filters: Filters; months: number }) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const interval: Interval = months <= 30 ? 'month' : months <= 120 ? 'quarter' : 'year';
  const { data } = useAnswer(questions.trend(filters, interval, 'none'));
  const periods = data ? shapeTrend(data).periods : [];
  const highest = Math.max(1, ...periods.map(({ sales }) => sales));
  const step = width / Math.max(1, periods.length);
  return (
    <div ref={ref} className={classes.volumes} style={{ height: height + 18 }}>
      {width > 0 && periods.length > 0 && (
        <svg width={width} height={height + 18} role="img" aria-label={t`Sales by period`}>
          <defs>
            <pattern id="partly" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <path d="M0 0V4" stroke="var(--bar)" strokeWidth="2" />
            </pattern>
          </defs>
          {periods.map(({ day, sales, coverage }, i) => {
            const tall = (sales / highest) * height;
            return (
              <rect
                key={day}
                x={i * step + 0.5}
                y={height - tall}
                width={Math.max(1, step - 1)}
                height={tall}
                fill={coverage === 'covered' ? 'var(--bar)' : 'url(#partly)'}
              >
                <title>{`${format.period(day, interval)}: ${format.count(sales)}`}</title>
              </rect>
            );
          })}
          <path d={`M0 ${height + 0.5}H${width}`} stroke="var(--ink2)" />
          <text x="0" y={height + 14} className={classes.axis}>
            {format.period(periods[0]?.day ?? '', interval)}
          </text>
          <text x={width} y={height + 14} textAnchor="end" className={classes.axis}>
            {format.period(periods.at(-1)?.day ?? '', interval)}
          </text>
        </svg>
      )}
    </div>
  );
}
