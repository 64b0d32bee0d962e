import { Trans, useLingui } from '@lingui/react/macro';
import { questions, useAnswer } from '../api/queries.ts';
import { useMarketFacets, useStatedLevels } from '../parts/covered.ts';
import { useStatedDetails } from '../parts/details.ts';
import { Door } from '../parts/door.tsx';
import { LeftOut } from '../parts/left-out.tsx';
import { MapSection } from '../parts/map-section.tsx';
import { Panel, Panels } from '../parts/panels.tsx';
import { Question } from '../parts/question.tsx';
import { Empty } from '../parts/states.tsx';
import { defaultInterval, TrendSection } from '../parts/trend-section.tsx';
import { useNarrow } from '../parts/use-narrow.ts';
import { usePage } from '../use-page.ts';
import { Cells } from './cells.tsx';
import classes from './explore.module.css';
import { FiltersPanel } from './filters-panel.tsx';
import { Most } from './most.tsx';
import { SalesSection } from './sales-section.tsx';

/** Sales under any filters, each chart filtering all others. */
export function Explore() {
  const { t } = useLingui();
  const { address, filters, format, show } = usePage();
  const narrow = useNarrow();
  const summary = useAnswer(questions.summary(filters));
  const interval = address.interval ?? defaultInterval;
  const trendQuestion = questions.trend(filters, interval, 'none');
  const trend = useAnswer(trendQuestion);
  const market = useMarketFacets();
  // A market whose sales state no land has their floor instead.
  const { land_area: land = 1, floor_area: floor = 0 } = market.data?.stated ?? {};
  const histogramsQuestion = questions.histograms(
    filters,
    land === 0 && floor > 0 ? 'floor_area' : 'land_area',
    useStatedDetails(),
  );
  const histograms = useAnswer(histogramsQuestion, !market.isPending);
  const hasMap = market.data?.stated.latitude !== 0;
  const hasPlaces = useStatedLevels().length > 0;
  const { data } = summary;
  const panel = (
    <Panel>
      <FiltersPanel question={histogramsQuestion} answer={histograms} />
    </Panel>
  );
  return (
    <>
      <Question>
        {data && (
          <>
            <span>
              <Door rows={filters}>
                <b>{format.count(data.sales)}</b>
              </Door>{' '}
              <Trans>sales</Trans>
            </span>
            <span>
              <Trans>
                median{' '}
                <Door rows={filters}>
                  <b>{format.price(data.median_price)}</b>
                </Door>
              </Trans>
              {data.median_lower !== null && (
                <>
                  {', '}
                  <Trans>
                    95% interval {format.shortPrice(data.median_lower)} to {format.shortPrice(data.median_upper)}
                  </Trans>
                </>
              )}
            </span>
            <span>
              <LeftOut leftOut={data.left_out} filters={filters} />
            </span>
          </>
        )}
      </Question>
      <div className={classes.explore}>
        {narrow ? (
          <details className={classes.filters}>
            <summary className="button small">
              <Trans>Filters</Trans>
            </summary>
            {panel}
          </details>
        ) : (
          panel
        )}
        <Panels>
          {data?.sales === 0 && (
            <Empty title={<Trans>No sale matches</Trans>}>
              <p>
                <Trans>Change a word of the question above, or clear the filters.</Trans>
              </p>
            </Empty>
          )}
          <Cells question={histogramsQuestion} answer={histograms} chosen={data?.sales} />
          {hasMap && (
            <MapSection
              title={t`Where they are`}
              note={
                <Trans>
                  A dot’s area is its number of the chosen sales, its colour their median. Hollow: fewer than 10.
                </Trans>
              }
              filters={filters}
              height={290}
              onChoose={(area, region) => show({ locality: [area], region: region === null ? undefined : [region] })}
              onArea={(within) => show({ within })}
            />
          )}
          <TrendSection
            title={t`Median by period`}
            span={hasPlaces || !hasMap ? 6 : 12}
            question={trendQuestion}
            answer={trend}
            note={<Trans>The chosen sales, and the middle half of them. Dotted and hollow: may still change.</Trans>}
            lines={[{ group: null, name: t`Median`, kind: 0, filters }]}
          />
          {hasPlaces && <Most span={hasMap ? 6 : 12} />}
          <SalesSection summary={summary} />
        </Panels>
      </div>
    </>
  );
}
