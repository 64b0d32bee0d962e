import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { createColumnHelper, rowSortingFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { useId, useMemo } from 'react';
import { useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { formatCount, formatPrice } from '../format.ts';
import { Failure } from '../states.tsx';
import { LEVELS, type Level, MAX_ROWS, SORTS, type Sort, useView } from '../view.ts';
import classes from './areas.module.css';
import { Change } from './change.tsx';
import section from './section.module.css';
import { THIN } from './thin.ts';

/** The number of rows that each click on "Show more" adds. */
const MORE = 50;

const features = tableFeatures({ rowSortingFeature });
const column = createColumnHelper<typeof features, Area>();
const NO_AREAS: Area[] = [];

const TITLES: Record<Level, string> = { region: 'Region', locality: 'Locality', postcode: 'Postcode' };

/** @param pending whether the headline figures are still loading. Errors are shown only afterwards, because the headline figures show the same error */
export function Areas({ pending }: { pending: boolean }) {
  const { view, show } = useView();
  const { data, error, isPlaceholderData, refetch } = useAreas(view);
  const heading = useId();
  const currency = data?.market.currency;
  // The level of the answer: while another one is loading, the old areas keep their title.
  const level = data?.level ?? view.level;

  const columns = useMemo(() => {
    const namesakes = repeated(data?.areas ?? NO_AREAS);
    const price = (value: number | null) => (currency ? formatPrice(value, currency) : '');
    return column.columns([
      column.accessor('area', {
        id: 'area',
        header: TITLES[level],
        enableSorting: false,
        cell: ({ row: { original } }) => (
          <AreaName area={original} level={level} isNamesake={namesakes.has(original.area)} />
        ),
      }),
      column.accessor('sales', { id: 'sales', header: 'Sales', cell: ({ getValue }) => formatCount(getValue()) }),
      column.accessor('median', { id: 'median', header: 'Median', cell: ({ getValue }) => price(getValue()) }),
      column.accessor('mean', {
        id: 'mean',
        header: 'Mean',
        enableSorting: false,
        cell: ({ getValue }) => price(getValue()),
      }),
      column.accessor('change', {
        id: 'change',
        header: 'Change, 1 year',
        cell: ({ getValue }) => <Change value={getValue()} />,
      }),
    ]);
  }, [data?.areas, level, currency]);

  const sorting = useMemo(() => [{ id: view.sort, desc: view.order === 'desc' }], [view.sort, view.order]);
  const table = useTable({
    features,
    columns,
    data: data?.areas ?? NO_AREAS,
    getRowId: ({ area, region }) => `${region} ${area}`,
    // The service sorts, because the page has only some of the areas.
    manualSorting: true,
    state: { sorting },
  });

  const toggle = (sort: Sort) => show({ sort, order: view.sort === sort && view.order === 'desc' ? 'asc' : 'desc' });

  return (
    <section className={section.section} aria-labelledby={heading}>
      <div className={section.head}>
        <h2 id={heading}>Areas</h2>
        <SegmentedControl
          aria-label="Level"
          value={view.level}
          onChange={(chosen) => show({ level: chosen })}
          data={LEVELS.map((each) => ({ value: each, label: TITLES[each] }))}
        />
      </div>
      {error && !pending && <Failure title="The areas could not be loaded." error={error} retry={() => refetch()} />}
      {!data && (pending || !error) && <Rows />}
      {data && data.areas.length === 0 && (
        <p className={section.note}>None of these sales states its {TITLES[level].toLowerCase()}.</p>
      )}
      {data && data.areas.length > 0 && (
        <>
          <table
            className={`${section.table} ${classes.areas} ${isPlaceholderData ? section.stale : ''}`}
            aria-labelledby={heading}
            aria-busy={isPlaceholderData}
          >
            <thead>
              {table.getHeaderGroups().map((group) => (
                <tr key={group.id}>
                  {group.headers.map((header) => {
                    const sort = SORTS.find((each) => each === header.id);
                    const order = view.order === 'desc' ? 'descending' : 'ascending';
                    return (
                      <th
                        key={header.id}
                        scope="col"
                        data-column={header.id}
                        aria-sort={sort && (sort === view.sort ? order : 'none')}
                      >
                        {sort ? (
                          <button type="button" onClick={() => toggle(sort)}>
                            {sort === view.sort && (
                              <span aria-hidden="true">{view.order === 'desc' ? '↓\u00a0' : '↑\u00a0'}</span>
                            )}
                            <table.FlexRender header={header} />
                          </button>
                        ) : (
                          <table.FlexRender header={header} />
                        )}
                      </th>
                    );
                  })}
                </tr>
              ))}
            </thead>
            <tbody>
              {table.getRowModel().rows.map((row) => (
                <tr key={row.id} data-thin={row.original.sales < THIN || undefined}>
                  {row.getAllCells().map((cell) =>
                    cell.column.id === 'area' ? (
                      <th key={cell.id} scope="row">
                        <table.FlexRender cell={cell} />
                      </th>
                    ) : (
                      <td key={cell.id} data-column={cell.column.id}>
                        <table.FlexRender cell={cell} />
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
          <More shown={data.areas.length} total={data.total} busy={isPlaceholderData} />
          <p className={section.note}>
            Change of the median: the last 12 months of data compared with the 12 months before. No change is shown if
            either has fewer than {THIN} sales.
            {data.unplaced > 0 && ` ${formatCount(data.unplaced)} sales state no ${TITLES[level].toLowerCase()}.`}
          </p>
        </>
      )}
    </section>
  );
}

/** The names that several areas share. */
function repeated(areas: Area[]): Set<string> {
  const seen = new Set<string>();
  return new Set(areas.flatMap(({ area }) => (seen.size < seen.add(area).size ? [] : [area])));
}

interface AreaNameProps {
  area: Area;
  level: Level;
  /** Whether another area has the same name. The region then distinguishes them. */
  isNamesake: boolean;
}

/** The area's name, as a link to the view of this area. */
function AreaName({ area: { area, region, sales }, level, isNamesake }: AreaNameProps) {
  const { link } = useView();
  const within = region === null ? {} : { region: [region] };
  return (
    <>
      <a {...link({ ...within, [level]: [area] })}>
        {area}
        {isNamesake && region !== null && <span className={classes.region}>, {region}</span>}
      </a>
      {sales < THIN && <span className={classes.thin}>few sales</span>}
    </>
  );
}

function More({ shown, total, busy }: { shown: number; total: number; busy: boolean }) {
  const { view, show } = useView();
  const next = Math.min(view.limit + MORE, MAX_ROWS, total);
  return (
    <div className={classes.more}>
      <p className={section.note} role="status">
        {formatCount(shown)} of {formatCount(total)} shown
        {shown < total && shown >= MAX_ROWS && '; narrow the filters to see the others'}
      </p>
      {next > shown && (
        <Button variant="default" loading={busy} onClick={() => show({ limit: next })}>
          Show {formatCount(next - shown)} more
        </Button>
      )}
    </div>
  );
}

function Rows() {
  return (
    <div aria-busy="true" className={classes.skeletons}>
      {Array.from({ length: 8 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: eight equal rows, never reordered
        <Skeleton key={i} height="1.4rem" />
      ))}
    </div>
  );
}
