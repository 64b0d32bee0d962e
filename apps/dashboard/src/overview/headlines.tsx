import { Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { type Filters, withType } from '../address.ts';
import { questions } from '../api/queries.ts';
import type { Changes, Summary, TrendAnswer } from '../api/types.ts';
import { Cite } from '../parts/cite.tsx';
import { Door } from '../parts/door.tsx';
import { Explained, type Measure } from '../parts/explained.tsx';
import { isShortcut } from '../parts/keys.ts';
import { colourOfKind, useKindNames, useKinds } from '../parts/kinds.ts';
import { SparkBars, SparkLine } from '../parts/spark.tsx';
import { shapeTrend } from '../parts/trend-shape.ts';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import classes from './headlines.module.css';

interface HeadlinesProps {
  /** With the period of the level figures. */
  filters: Filters;
  summary: Summary | undefined;
  trend: TrendAnswer | undefined;
  /** Of the first of the leading types. */
  changes: Changes | undefined;
  leading: Summary['by_type'];
  stale: boolean;
}

/** At most this many periods are in a small trend. */
const maxPeriods = 36;

/** The main figures with small trends. */
export function Headlines({ filters, summary, trend, changes, leading, stale }: HeadlinesProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const kindOf = useKinds();
  const kindName = useKindNames();
  const shape = trend && shapeTrend(trend);
  const from = Math.max(0, (shape?.periods.length ?? 0) - maxPeriods);
  const periods = shape?.periods.slice(from) ?? [];
  const lineOf = (type: string | null) =>
    shape?.groups
      .find(({ name }) => name === type)
      ?.points.slice(from)
      .map((point, i) => ({ value: point?.median ?? null, covered: periods[i]?.coverage === 'covered' })) ?? [];
  const total = summary?.total_value ?? 0;
  const changed = changes?.all;
  const one = (part: Summary['by_type'][number] | undefined) => kindName(part?.type ?? null).one;
  const [citing, setCiting] = useState(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'c' && isShortcut(event)) setCiting(true);
  };
  return (
    <>
      <dl className={`${classes.heads} ${stale ? classes.stale : ''}`} aria-busy={!summary} onKeyDown={onKeyDown}>
        {(summary ? leading : [undefined, undefined]).map((part, i) => {
          const rows = withType(filters, part?.type ?? null);
          return (
            <Head
              // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second type
              key={i}
              name={part ? t`Median ${one(part)}` : ''}
              measures={['median', 'interval']}
              figure={part && <Door rows={rows}>{format.price(part.median_price)}</Door>}
              picture={(width) => (
                <SparkLine
                  points={lineOf(part?.type ?? null)}
                  width={width}
                  colour={colourOfKind(kindOf(part?.type ?? null))}
                />
              )}
              note={
                part &&
                (part.median_lower === null ? (
                  part.sales === 1 ? (
                    t`of 1 sale`
                  ) : (
                    t`of ${format.count(part.sales)} sales`
                  )
                ) : (
                  <Trans>
                    95% interval {format.shortPrice(part.median_lower)} to {format.shortPrice(part.median_upper)}
                  </Trans>
                ))
              }
            />
          );
        })}
        <Head
          name={changed ? t`Median ${one(leading[0])}, changed` : t`Change`}
          measures={['change', 'interval']}
          figure={changes && format.change(changed?.change)}
          picture={() =>
            changed && (
              <span className={classes.periods}>
                {format.span(changes?.earlier.from, changes?.earlier.to)} →{' '}
                {format.span(changes?.later.from, changes?.later.to)}
              </span>
            )
          }
          note={
            changed &&
            (changed.change_interval.lower === null ? (
              <Trans>too few sales to compare</Trans>
            ) : (
              <>
                {format.change(changed.change_interval.lower)} – {format.change(changed.change_interval.upper)}
                {changed.change_interval.clear ? '' : t`: no clear change`}
              </>
            ))
          }
        />
        <Head
          name={t`Sales`}
          measures={['sales']}
          figure={summary && <Door rows={filters}>{format.count(summary.sales)}</Door>}
          picture={(width) => (
            <SparkBars
              points={periods.map(({ sales, coverage }) => ({ value: sales, covered: coverage === 'covered' }))}
              width={width}
            />
          )}
          note={summary && <Trans>{format.count(summary.total_properties)} properties</Trans>}
        />
        <Head
          name={t`Sold for, together`}
          measures={['together']}
          figure={summary && <Door rows={filters}>{format.shortPrice(total)}</Door>}
          picture={(width) => (
            <svg width={width} height="34" aria-hidden="true">
              {
                (summary?.by_type ?? []).reduce<{ x: number; bars: ReactNode[] }>(
                  ({ x, bars }, { type, total_value }) => {
                    const part = (total_value / (total || 1)) * width;
                    const bar = (
                      <rect
                        key={type}
                        x={x}
                        y="10"
                        width={Math.max(0, part - 1.5)}
                        height="12"
                        fill={colourOfKind(kindOf(type))}
                      />
                    );
                    return { x: x + part, bars: [...bars, bar] };
                  },
                  { x: 0, bars: [] },
                ).bars
              }
            </svg>
          )}
          note={
            summary &&
            leading
              .map(({ type, total_value }) => `${format.percent(total_value / (total || 1))} ${kindName(type).within}`)
              .join(', ')
          }
        />
      </dl>
      {citing && (
        <Cite title={t`The main figures`} question={questions.summary(filters)} onClose={() => setCiting(false)} />
      )}
    </>
  );
}

interface HeadProps {
  name: string;
  measures: readonly Measure[];
  figure: ReactNode;
  picture(width: number): ReactNode;
  note: ReactNode;
}

function Head({ name, measures, figure, picture, note }: HeadProps) {
  const { t } = useLingui();
  const [ref, width] = useWidth();
  return (
    <div className={classes.head}>
      <dt>
        {name ? (
          <Explained name={t`${name}: explain`} measures={measures} className={classes.name}>
            {name}
          </Explained>
        ) : (
          '\u00a0'
        )}
      </dt>
      <dd className={`figure ${classes.figure}`}>{figure ?? '\u00a0'}</dd>
      <dd className={classes.picture}>
        <div ref={ref}>{width > 0 && picture(Math.min(width, 220))}</div>
      </dd>
      <dd className={classes.note}>{note ?? '\u00a0'}</dd>
    </div>
  );
}
