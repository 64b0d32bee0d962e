import { Trans, useLingui } from '@lingui/react/macro';
import { comparedPeriods } from '@property-insights/charts';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { carriedOver, withType, writeQuery } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { nextDay } from '../format.ts';
import { useMarketFacets, withLevelPeriod } from '../parts/covered.ts';
import { Door } from '../parts/door.tsx';
import { useKindNames, useKinds } from '../parts/kinds.ts';
import { LastLoad } from '../parts/last-load.tsx';
import { LeftOut } from '../parts/left-out.tsx';
import { MapSection } from '../parts/map-section.tsx';
import { Panel, Panels } from '../parts/panels.tsx';
import { Question } from '../parts/question.tsx';
import { Empty, Failure } from '../parts/states.tsx';
import { defaultInterval, type TrendLine, TrendSection } from '../parts/trend-section.tsx';
import { usePage } from '../use-page.ts';
import { Headlines } from './headlines.tsx';
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
  const facets = useMarketFacets();
  const covered = facets.data?.covered;
  const isSettled = covered !== undefined || facets.error !== null;
  // Levels are of the last twelve covered months, trends of the covered period.
  const level = useMemo(() => withLevelPeriod(filters, covered), [filters, covered]);
  const summary = useAnswer(questions.summary(level), isSettled);
  const whole = useAnswer(questions.summary(filters), isSettled);
  const interval = address.interval ?? defaultInterval;
  const trendQuestion = questions.trend(filters, interval, 'type');
  const trend = useAnswer(trendQuestion);
  const { data } = summary;
  const leading: Leading = useMemo(() => data?.by_type.slice(0, maxLeading) ?? [], [data]);
  const lines = useMemo(
    () =>
      leading.map(({ type }): TrendLine => {
        return { group: type, name: kindName(type).many, kind: kindOf(type), filters: withType(filters, type) };
      }),
    [leading, filters, kindName, kindOf],
  );
  const periods = covered && comparedPeriods(covered);
  const first = leading[0]?.type ?? null;
  const movedFilters = useMemo(() => withType(filters, first), [filters, first]);
  const levelOfFirst = useMemo(() => withType(level, first), [level, first]);
  const { one, within } = kindName(first);
  const moved = questions.changes(movedFilters, periods ?? {});
  const changes = useAnswer(moved, data !== undefined && periods !== undefined);
  const compares = !isSettled || (periods !== undefined && changes.data?.compared !== 0);
  const hasMap = facets.data?.stated.latitude !== 0;
  // Without the map or what moved, two lower sections are beside the other one.
  const isPaired = compares === hasMap;
  const count = data ? format.count(data.sales) : '';
  if (data?.sales === 0 && data.left_out.count === 0) return <Nothing />;
  return (
    <>
      <Question filters={level}>
        {data && (
          <>
            <span>
              <Door rows={level}>
                <b>{count}</b>
              </Door>{' '}
              <Trans>sales</Trans>
            </span>
            {covered && covered.after > 0 && filters.sold_to === undefined && covered.to !== null && (
              <span>
                <Door rows={{ ...filters, sold_from: nextDay(covered.to) }}>
                  <Trans>after {format.day(covered.to)}</Trans>
                </Door>{' '}
                <Trans>still arriving</Trans>
              </span>
            )}
            <span>
              <LeftOut leftOut={data.left_out} filters={level} />
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
        <Failure
          title={<Trans>The figures have not loaded.</Trans>}
          error={summary.error}
          retry={() => [facets, summary, whole].map(({ refetch }) => refetch())}
        />
      ) : (
        <>
          <Panel>
            <Headlines
              filters={level}
              summary={data}
              trend={trend.data}
              changes={changes.data}
              leading={leading}
              stale={summary.isPlaceholderData}
            />
          </Panel>
          <Panels>
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
            <Mix answer={summary} filters={level} />
            {compares && (
              <Movers
                title={data ? t`Where ${one} prices moved` : t`Where prices moved`}
                question={moved}
                answer={changes}
                filters={movedFilters}
                tall={!isPaired}
              />
            )}
            {hasMap && (
              <MapSection
                title={data ? t`What ${within} cost, on the map` : t`Prices on the map`}
                note={<Trans>Median. A dot’s area is its number of sales; hollow: fewer than 10.</Trans>}
                filters={data && levelOfFirst}
                height={440}
                tall={!isPaired}
                onChoose={(area, region) =>
                  show({
                    rows: writeQuery({
                      ...levelOfFirst,
                      locality: [area],
                      region: region === null ? undefined : [region],
                    }),
                  })
                }
              />
            )}
            <Spread leading={leading} filters={level} span={isPaired ? 4 : 6} />
            <Ledger
              whole={whole}
              level={summary}
              filters={filters}
              levelFilters={level}
              covered={covered}
              span={isPaired ? 8 : 6}
            />
            <LastLoad />
          </Panels>
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
            <Link to="/app/data" search={carriedOver} className="button main">
              <Trans>Load files on this page</Trans>
            </Link>
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
