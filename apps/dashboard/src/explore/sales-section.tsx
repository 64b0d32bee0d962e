import { Trans, useLingui } from '@lingui/react/macro';
import type { UseQueryResult } from '@tanstack/react-query';
import { addressOf } from '../api/client.ts';
import { questions } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { CheckList } from '../parts/editors.tsx';
import { Popover } from '../parts/popover.tsx';
import { useColumns, useOfferedColumns } from '../parts/sale-columns.ts';
import { SalesTable } from '../parts/sales-table.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';
import classes from './sales-section.module.css';

const height = 460;

/** The sales themselves, with files of all of them. */
export function SalesSection({ summary }: { summary: UseQueryResult<Summary> }) {
  const { t } = useLingui();
  const { address, filters, format, show } = usePage();
  const { usual } = useOfferedColumns();
  const count = summary.data ? format.count(summary.data.sales) : '';
  const [sort, order] = [address.list ?? 'contract_date', address.direction ?? 'desc'];
  return (
    <Section
      title={summary.data ? t`${count} sales` : t`Sales`}
      question={questions.sales(filters, sort, order, 0, 1000)}
      answer={summary}
      height={height + 31}
      measures={['sales']}
      footing={() => (
        <>
          <a href={addressOf('/api/analytics/sales.csv', filters)} download>
            <Trans>All {count} as CSV</Trans>
          </a>
          <a href={addressOf('/api/analytics/sales.parquet', filters)} download>
            <Trans>as Parquet</Trans>
          </a>
          <Popover className={classes.columns} label={<Trans>Columns</Trans>}>
            {() => <ColumnChoice />}
          </Popover>
        </>
      )}
    >
      {({ sales }) => (
        <SalesTable
          columns={address.column ?? usual}
          filters={filters}
          total={sales}
          sort={sort}
          order={order}
          onSort={(list, direction) => show({ list, direction })}
          height={Math.min(height, Math.max(1, sales) * 54)}
        />
      )}
    </Section>
  );
}

function ColumnChoice() {
  const { address, show } = usePage();
  const columns = useColumns();
  const { offered, usual } = useOfferedColumns();
  const chosen = address.column ?? usual;
  return (
    <CheckList
      choices={offered.map((column) => ({ value: column, name: columns[column].name }))}
      chosen={chosen}
      onChoose={(column) => show({ column: column.length > 0 ? column : undefined })}
    />
  );
}
