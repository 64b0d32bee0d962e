import { Trans, useLingui } from '@lingui/react/macro';
import { useQueries } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { Filters, SaleColumn } from '../address.ts';
import { questionOptions, questions } from '../api/queries.ts';
import type { Sale } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { type SaleSort, useColumns } from './sale-columns.ts';
import { SaleDetails } from './sale-details.tsx';
import classes from './sales-table.module.css';

/** The rows in reach of the scrollbar: browsers limit an element to 33 million pixels. */
const maxRows = 500_000;
const pageSize = 100;
const rowHeight = 33;
const phoneRowHeight = 54;

interface SalesTableProps {
  filters: Filters;
  total: number;
  sort: SaleSort;
  order: 'asc' | 'desc';
  onSort(sort: SaleSort, order: 'asc' | 'desc'): void;
  /** Height of the scrolling part in pixels. */
  height: number | string;
  columns: SaleColumn[];
  /** Whether rows have numbers, as in the drawer. */
  numbered?: boolean;
  /** The index of the row that is marked and scrolled to at first. */
  marked?: number[];
}

/** Sales as rows, as many as there are: only those in sight are loaded and drawn. */
export function SalesTable({
  filters,
  total,
  sort,
  order,
  onSort,
  height,
  columns: chosen,
  numbered = false,
  marked = [],
}: SalesTableProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const scroller = useRef<HTMLDivElement>(null);
  const [narrow, setNarrow] = useState(false);
  const [open, setOpen] = useState<number>();
  useEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const resizing = new ResizeObserver(() => setNarrow(element.clientWidth < 520));
    resizing.observe(element);
    return () => resizing.disconnect();
  }, []);

  const target = marked[0];
  const count = Math.min(total, maxRows);
  /** The index of the first row in reach. */
  const first = Math.min(Math.max(0, (target ?? 0) - maxRows / 2), total - count);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? phoneRowHeight : rowHeight),
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height of rows decides the position
  useEffect(() => {
    virtual.measure();
    if (target !== undefined) virtual.scrollToIndex(target - first, { align: 'center' });
  }, [target, narrow, total]);

  const items = virtual.getVirtualItems().map(({ index, ...item }) => ({ ...item, index: first + index }));
  const pages = [...new Set(items.map(({ index }) => Math.floor(index / pageSize)))];
  const answers = useQueries({
    queries: pages.map((page) => questionOptions(questions.sales(filters, sort, order, page * pageSize, pageSize))),
  });
  const rowAt = (index: number): Sale | undefined =>
    answers[pages.indexOf(Math.floor(index / pageSize))]?.data?.sales[index % pageSize];

  const known = useColumns();
  const columns = chosen.map((id) => ({ id, ...known[id] }));
  const tracks = [
    ...(numbered ? [`${Math.max(44, 8 * format.count(total).length + 8)}px`] : []),
    ...columns.map(({ width }) => width),
  ].join(' ');
  const grid = narrow ? undefined : { gridTemplateColumns: tracks };
  return (
    <>
      {count < total && (
        <p className="note">
          <Trans>
            Rows {format.count(first + 1)} to {format.count(first + count)} of {format.count(total)}. Filter or sort to
            see others.
          </Trans>
        </p>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: rows that are not in sight are not in the document */}
      <div role="table" aria-rowcount={total + 1} aria-label={t`Sales`} className={classes.table} data-narrow={narrow}>
        {/* biome-ignore lint/a11y/useSemanticElements: as the table */}
        <div role="row" className={classes.head} tabIndex={-1} aria-rowindex={1} style={grid}>
          {numbered && (
            // biome-ignore lint/a11y/useSemanticElements: as the table
            <span role="columnheader" tabIndex={-1} className={classes.number}>
              {t`No.`}
            </span>
          )}
          {columns.map((column) => (
            // biome-ignore lint/a11y/useSemanticElements: as the table
            <span
              key={column.id}
              role="columnheader"
              tabIndex={-1}
              className={column.number ? classes.number : undefined}
              aria-sort={column.sort === sort ? (order === 'asc' ? 'ascending' : 'descending') : undefined}
            >
              {column.sort ? (
                <button
                  type="button"
                  onClick={() =>
                    column.sort && onSort(column.sort, column.sort === sort && order === 'desc' ? 'asc' : 'desc')
                  }
                >
                  {column.name}
                  {column.sort === sort && <span aria-hidden="true">{order === 'asc' ? ' ↑' : ' ↓'}</span>}
                </button>
              ) : (
                column.name
              )}
            </span>
          ))}
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        {/* biome-ignore lint/a11y/useSemanticElements: as the table */}
        <div ref={scroller} role="rowgroup" className={classes.rows} style={{ height }} tabIndex={0}>
          <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {items.map(({ index, start, size }) => {
              const sale = rowAt(index);
              return (
                // biome-ignore lint/a11y/useSemanticElements: as the table
                <div
                  key={index}
                  role="row"
                  tabIndex={-1}
                  aria-rowindex={index + 2}
                  className={classes.row}
                  data-marked={marked.includes(index)}
                  data-left-out={sale !== undefined && sale.non_standard !== null}
                  style={{ transform: `translateY(${start}px)`, height: size, ...grid }}
                >
                  {numbered && (
                    // biome-ignore lint/a11y/useSemanticElements: as the table
                    <span role="cell" className={`${classes.number} ${classes.index}`}>
                      {format.count(index + 1)}
                    </span>
                  )}
                  {columns.map((column) => (
                    // biome-ignore lint/a11y/useSemanticElements: as the table
                    <span
                      key={column.id}
                      role="cell"
                      className={column.number ? classes.number : undefined}
                      data-column={column.id}
                    >
                      {sale === undefined ? (
                        column.id === 'address' && <i className={classes.placeholder} />
                      ) : column.id === 'address' ? (
                        <button type="button" className={classes.open} onClick={() => setOpen(sale.id)}>
                          {column.value(sale)}
                        </button>
                      ) : (
                        column.value(sale)
                      )}
                    </span>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
        {open !== undefined && (
          <SaleDetails
            sale={answers.flatMap(({ data }) => data?.sales ?? []).find(({ id }) => id === open)}
            onClose={() => setOpen(undefined)}
          />
        )}
      </div>
    </>
  );
}
