/** The first view: a market's headline figures, its price trend, and its areas. */
import { Skeleton } from '@mantine/core';
import { useMarkets, useSummary } from '../api/queries.ts';
import type { Market, Summary } from '../api/types.ts';
import { formatCount } from '../format.ts';
import { Boundary, Empty, Failure } from '../states.tsx';
import { isFiltered, UNFILTERED, useView } from '../view.ts';
import { Areas } from './areas.tsx';
import { Filters } from './filters.tsx';
import { Headline } from './headline.tsx';
import classes from './overview.module.css';
import { Trend } from './trend.tsx';

export function Overview() {
  const { view } = useView();
  const markets = useMarkets();
  const summary = useSummary(view);
  const code = summary.data?.market.code ?? view.market;
  const market = markets.data?.find((each) => (code === undefined ? each.is_default : each.code === code));

  return (
    <div className={classes.overview}>
      <div className={classes.title}>
        <div>
          <h1>
            {market?.name ?? (markets.isPending ? <Skeleton height="2.4rem" width="14rem" /> : (code ?? 'No market'))}
          </h1>
          {market && <p className={classes.currency}>Prices in {market.currency}</p>}
        </div>
        {market?.is_synthetic && (
          <p className={classes.synthetic}>
            <strong>Synthetic market.</strong> A program generated these sales to demonstrate the system. They say
            nothing about real places or prices.
          </p>
        )}
      </div>
      {summary.error && (
        <>
          {/* The error may concern a filter. */}
          {isFiltered(view) && !summary.data && <Filters />}
          <Failure title="The figures could not be loaded." error={summary.error} retry={() => summary.refetch()} />
        </>
      )}
      {(summary.data || !summary.error) && <Figures summary={summary.data} stale={summary.isPlaceholderData} />}
      {market && <Source market={market} />}
    </div>
  );
}

/** The parts of the page that need sales. */
function Figures({ summary, stale }: { summary: Summary | undefined; stale: boolean }) {
  const { view } = useView();
  if (summary?.sales === 0 && !isFiltered(view)) return <NoSales summary={summary} />;
  return (
    <>
      <Filters />
      {summary?.sales === 0 ? (
        <NoMatch />
      ) : (
        <>
          <Headline summary={summary} stale={stale} />
          <Boundary title="The price trend could not be drawn.">
            <Trend pending={!summary} />
          </Boundary>
          <Areas pending={!summary} />
        </>
      )}
    </>
  );
}

function NoSales({ summary: { market, left_out } }: { summary: Summary }) {
  if (left_out.count > 0) {
    return (
      <Empty title="This market has no standard sale.">
        <p>
          It has {formatCount(left_out.count)} sales, but none from which prices can be computed:{' '}
          {Object.entries(left_out.by_reason)
            .map(([reason, count]) => `${formatCount(count)} ${reason}`)
            .join(', ')}
          .
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="This market has no sales yet.">
      <p>
        Import the files that its land registry publishes. While the system is running, run in the project’s folder:
      </p>
      <code>npm run import -- FILES… --market {market.code}</code>
      <p>The figures appear here as soon as the import has finished.</p>
    </Empty>
  );
}

function NoMatch() {
  const { link } = useView();
  return (
    <Empty title="No sale matches these filters.">
      <p>
        <a {...link(UNFILTERED)}>Clear the filters</a> to see the whole market.
      </p>
    </Empty>
  );
}

/** The attribution and the licence of the market's data. */
function Source({ market: { attribution, licence } }: { market: Market }) {
  if (!attribution && !licence) return null;
  return (
    <footer className={classes.source}>
      {attribution && <p>Source: {attribution}</p>}
      {licence && <p>Licence: {licence}</p>}
    </footer>
  );
}
