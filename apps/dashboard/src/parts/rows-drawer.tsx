import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Filters, readRows } from '../address.ts';
import { addressOf } from '../api/client.ts';
import { addressOfQuestion, questions, useAnswer } from '../api/queries.ts';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { Cite } from './cite.tsx';
import { Dialog } from './dialog.tsx';
import { LeftOut } from './left-out.tsx';
import { PairsDrawer } from './pairs-drawer.tsx';
import { PriceDots } from './price-dots.tsx';
import classes from './rows-drawer.module.css';
import { type SaleSort, useOfferedColumns } from './sale-columns.ts';
import { SalesTable } from './sales-table.tsx';
import { useSentence } from './sentence.ts';
import { Failure, Skeleton } from './states.tsx';

/** The sales behind a figure: their prices, the median among them, and the rows. */
export default function RowsDrawer({ rows, onClose }: { rows: string; onClose(): void }) {
  const { pairs, in: day, ...read } = readRows(rows);
  const { address } = usePage();
  const filters = { market: address.market, as_of: address.as_of, ...read };
  return pairs && day ? (
    <PairsDrawer filters={filters} interval={pairs} day={day} onClose={onClose} />
  ) : (
    <Drawer filters={filters} onClose={onClose} />
  );
}

function Drawer({ filters, onClose }: { filters: Filters; onClose(): void }) {
  const { t } = useLingui();
  const { format } = usePage();
  const sentence = useSentence(filters);
  const { usual } = useOfferedColumns();
  const [sort, setSort] = useState<SaleSort>('price');
  const [order, setOrder] = useState<'asc' | 'desc'>('asc');
  const [citing, setCiting] = useState(false);
  const question = questions.summary(filters);
  const summary = useAnswer(question);
  const prices = useAnswer(questions.distribution(filters, 'linear'));
  const { data } = summary;
  const total = data?.sales ?? 0;
  const count = format.count(total);
  // The median is the row in the middle, or the two around it.
  const middle = total === 0 ? [] : [...new Set([Math.floor((total - 1) / 2), Math.floor(total / 2)])];
  const isByPrice = sort === 'price' && order === 'asc';
  const exported = (format: 'csv' | 'parquet') => addressOf(`/api/analytics/sales.${format}`, filters);
  return (
    <Dialog kind="drawer" title={data ? <Trans>These {count} sales</Trans> : <Trans>Sales</Trans>} onClose={onClose}>
      <p className="note">{sentence}</p>
      {summary.error && !data ? (
        <Failure title={<Trans>The sales have not loaded.</Trans>} error={summary.error} retry={summary.refetch} />
      ) : !data ? (
        <Skeleton height={400} />
      ) : total === 0 ? (
        <div className={classes.none}>
          <Trans>No sale matches.</Trans> <LeftOut leftOut={data.left_out} filters={filters} />
        </div>
      ) : (
        <>
          {prices.data && <PriceDots distribution={prices.data} />}
          <div className={`note ${classes.middle}`}>
            {middle.length === 1 ? (
              <Trans>
                The median is the price in the middle:{' '}
                <b>
                  number {format.count((middle[0] as number) + 1)} of {count}
                </b>
                .
              </Trans>
            ) : (
              <Trans>
                The median is between the <b>two prices in the middle of {count}</b>.
              </Trans>
            )}{' '}
            <LeftOut leftOut={data.left_out} filters={filters} />
          </div>
          <div className={classes.rows}>
            <SalesTable
              numbered
              columns={usual.filter((column) => column !== 'locality' && column !== 'type')}
              filters={filters}
              total={total}
              sort={sort}
              order={order}
              onSort={(sort, order) => {
                setSort(sort);
                setOrder(order);
              }}
              height="100%"
              marked={isByPrice ? middle : []}
            />
          </div>
        </>
      )}
      <p className={`buttons ${classes.actions}`}>
        <Link to="/app/explore" search={filters} className="button main">
          <Trans>Open in Explore</Trans>
        </Link>
        <a className="button" href={exported('csv')} download>
          CSV
        </a>
        <a className="button" href={exported('parquet')} download>
          Parquet
        </a>
        <button
          type="button"
          className="button"
          onClick={async () => {
            await navigator.clipboard.writeText(window.location.href);
            notify(t`The link is copied.`);
          }}
        >
          <Trans>Copy link</Trans>
        </button>
        <button type="button" className="button quiet" onClick={() => setCiting(true)}>
          <Trans>Cite</Trans>
        </button>
        <a className="button quiet" href={addressOfQuestion(question)}>
          JSON
        </a>
      </p>
      {citing && <Cite title={sentence} question={question} onClose={() => setCiting(false)} />}
    </Dialog>
  );
}
