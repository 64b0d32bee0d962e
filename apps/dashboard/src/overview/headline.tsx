import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Summary } from '../api/types.ts';
import { formatCount, formatDay, formatPrice, NONE } from '../format.ts';
import { Change } from './change.tsx';
import classes from './headline.module.css';
import section from './section.module.css';

/** The market in six figures. */
export function Headline({ summary, stale }: { summary: Summary | undefined; stale: boolean }) {
  const figure = (label: string, value: (summary: Summary) => ReactNode, explanation?: string) => (
    <div className={classes.figure}>
      <dt>{label}</dt>
      <dd>{summary ? value(summary) : <Skeleton height="1.6rem" width="7rem" />}</dd>
      {explanation && <dd className={classes.explanation}>{explanation}</dd>}
    </div>
  );
  return (
    <section aria-label="Headline figures" aria-busy={!summary || stale} className={stale ? section.stale : undefined}>
      <dl className={classes.figures}>
        {figure('Median price', ({ median_price, market }) => formatPrice(median_price, market.currency))}
        {figure(
          'Change over a year',
          ({ change_over_one_year }) => (
            <Change value={change_over_one_year} />
          ),
          'median, last 12 months of data compared with the 12 before',
        )}
        {figure('Sales', ({ sales }) => formatCount(sales))}
        {figure('Properties', ({ total_properties }) => formatCount(total_properties))}
        {figure('Period covered', ({ first_sale, last_sale }) =>
          first_sale && last_sale ? (
            <span className={classes.period}>
              <span>{formatDay(first_sale)} –</span> <span>{formatDay(last_sale)}</span>
            </span>
          ) : (
            NONE
          ),
        )}
        {figure('Left out', ({ left_out }) => formatCount(left_out.count), 'not standard sales')}
      </dl>
      {summary && summary.left_out.count > 0 && <LeftOut left_out={summary.left_out} />}
    </section>
  );
}

function LeftOut({ left_out }: Pick<Summary, 'left_out'>) {
  const reasons = Object.entries(left_out.by_reason).sort(([, a], [, b]) => b - a);
  return (
    <p className={classes.reasons}>
      Figures include standard sales only: a whole interest, in a dealing of its own, at a positive price, with a
      credible date. Left out: {reasons.map(([reason, count]) => `${formatCount(count)} ${reason}`).join(', ')}.
    </p>
  );
}
