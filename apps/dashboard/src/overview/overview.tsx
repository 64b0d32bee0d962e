import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { writeQuery } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { comparedPeriods, coveredOf } from '../parts/covered.ts';
import { Door } from '../parts/door.tsx';
import { useKindNames, useKinds } from '../parts/kinds.ts';
import { LeftOut } from '../parts/left-out.tsx';
import { MapSection } from '../parts/map-section.tsx';
import { Question } from '../parts/question.tsx';
import { Empty, Failure } from '../parts/states.tsx';
import { defaultInterval, type TrendLine, TrendSection } from '../parts/trend-section.tsx';
import view from '../parts/view.module.css';
import { usePage } from '../use-page.ts';
import { Headlines } from './headlines.tsx';
import { LastLoad } from './last-load.tsx';
import { Ledger } from './ledger.tsx';
import { Mix } from './mix.tsx';
import { Movers } from './movers.tsx';
import { Spread } from './spread.tsx';

/** The types that lead the view: their medians, trends and spreads. */
const maxLeading = 2;

export type Leading = Summary['by_type'];

/** The state of a market on one page. */
export function Overview() {
  const { t } = useLingui();
  const { address, filters, format, market, show } = usePage();
  const kindOf = useKinds();
  const kindName = useKindNames();
  const summary = useAnswer(questions.summary(filters));
  const interval = address.interval ?? defaultInterval;
  const trendQuestion = questions.trend(filters, interval, 'type');
  const trend = useAnswer(trendQuestion);
  const { data } = summary;
  const leading: Leading = useMemo(() => data?.by_type.slice(0, maxLeading) ?? [], [data]);
  const lines = useMemo(
    () =>
      leading.map(({ type }): TrendLine => {
        return {
          group: type,
          name: type === null ? t`not stated` : kindName(type),
          kind: kindOf(type),
          filters: type === null ? filters : { ...filters, type: [type] },
        };
      }),
    [leading, filters, kindName, kindOf, t],
  );
  const periods = comparedPeriods(coveredOf(data));
  const first = leading[0]?.type ?? null;
  const movedFilters = useMemo(() => (first === null ? filters : { ...filters, type: [first] }), [filters, first]);
  const movedName = (first ?? '').toLowerCase();
  const moved = questions.changes(movedFilters, 'locality', periods ?? {});
  const changes = useAnswer(moved, data !== undefined && periods !== undefined);
  const count = data ? format.count(data.sales) : '';
  if (data?.sales === 0 && data.left_out.count === 0) return <Nothing />;
  return (
    <>
      <Question>
        {data && (
          <>
            <span>
              <Door rows={filters}>
                <b>{count}</b>
              </Door>{' '}
              <Trans>sales</Trans>
            </span>
            <span>
              <LeftOut leftOut={data.left_out} filters={filters} />
            </span>
          </>
        )}
        {market?.is_synthetic && (
          <span>
            <Trans>Synthetic market: its sales are generated.</Trans>
          </span>
        )}
      </Question>
      {summary.error && !data ? (
        <Failure title={<Trans>The figures have not loaded.</Trans>} error={summary.error} retry={summary.refetch} />
      ) : (
        <>
          <Headlines
            summary={data}
            trend={trend.data}
            changes={changes.data}
            leading={leading}
            stale={summary.isPlaceholderData}
          />
          <div className={view.grid}>
            <TrendSection
              title={
                {
                  month: t`Price by month of contract`,
                  quarter: t`Price by quarter of contract`,
                  year: t`Price by year of contract`,
                }[interval]
              }
              span={8}
              question={trendQuestion}
              answer={trend}
              lines={lines}
            />
            <Mix answer={summary} />
            {periods && (
              <Movers
                title={t`Where ${movedName} prices moved`}
                question={moved}
                answer={changes}
                filters={movedFilters}
              />
            )}
            <MapSection
              title={t`What a ${movedName} costs, by locality`}
              note={<Trans>Median. A dot’s area is its number of sales; hollow: fewer than 10.</Trans>}
              filters={movedFilters}
              height={440}
              onChoose={(area, region) =>
                show({
                  rows: writeQuery({
                    ...movedFilters,
                    locality: [area],
                    region: region === null ? undefined : [region],
                  }),
                })
              }
            />
            <Spread leading={leading} />
            <Ledger answer={summary} />
            <LastLoad />
          </div>
        </>
      )}
    </>
  );
}

/** No sale matches, or the market has none. */
function Nothing() {
  const { market, filters } = usePage();
  const whole = useAnswer(questions.summary({ market: filters.market, standard: 'all' }));
  const isEmpty = whole.data?.sales === 0;
  return (
    <>
      <Question />
      {isEmpty ? (
        <Empty title={<Trans>No sales yet</Trans>}>
          <p>
            <Trans>
              Load the files of a land registry, packed or not. New South Wales, England and Wales, Singapore, New York
              and King County are known; of any other table the columns are read.
            </Trans>
          </p>
          <code>npm run import -- FILES… --market {market?.code}</code>
          <p className="buttons">
            <Link to="/" className="button">
              <Trans>See the default market</Trans>
            </Link>
          </p>
        </Empty>
      ) : (
        <Empty title={<Trans>No sale matches</Trans>}>
          <p>
            <Trans>Change a word of the question above, or clear the filters.</Trans>
          </p>
          <p className="buttons">
            <Link to="." search={(before) => ({ market: before.market, as_of: before.as_of })} className="button main">
              <Trans>Clear the filters</Trans>
            </Link>
          </p>
        </Empty>
      )}
    </>
  );
}
