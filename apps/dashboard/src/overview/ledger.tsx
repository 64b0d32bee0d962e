import { Trans, useLingui } from '@lingui/react/macro';
import type { UseQueryResult } from '@tanstack/react-query';
import { type Filters, isFiltered } from '../address.ts';
import { questions, useLedger } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { dayBefore, nextDay } from '../format.ts';
import type { Covered } from '../parts/covered.ts';
import { Door } from '../parts/door.tsx';
import { useReasons } from '../parts/left-out.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';
import classes from './ledger.module.css';

interface LedgerProps {
  /** The summary without the period of the level figures, and with it. */
  whole: UseQueryResult<Summary>;
  level: UseQueryResult<Summary>;
  filters: Filters;
  levelFilters: Filters;
  covered: Covered | undefined;
  span: 6 | 8;
}

/** Every subtraction from the sales that match to the sales that the figures rest on. Each number opens its rows. */
export function Ledger({ whole, level, filters, levelFilters, covered, span }: LedgerProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const reasonOf = useReasons();
  const both = whole.data && level.data && { whole: whole.data, level: level.data };
  const { address, market } = usePage();
  // Rows are known of the market as a whole, as it is today.
  const isWhole = !isFiltered(address) && address.as_of === undefined;
  const { data: ledger } = useLedger(isWhole ? market?.code : undefined);
  const files = ledger && ledger.rows.read > 0 ? ledger : undefined;
  return (
    <Section
      title={t`Where every row went`}
      span={span}
      note={
        files ? (
          <Trans>From the files to the figures on this page</Trans>
        ) : (
          <Trans>From the sales that match to the figures on this page</Trans>
        )
      }
      question={questions.summary(levelFilters)}
      answer={{ ...whole, data: both }}
      height={230}
      measures={['ledger', 'sales']}
      footing={() => <Trans>Each number opens its rows</Trans>}
    >
      {({ whole, level: { sales } }) => {
        const matching = whole.sales + whole.left_out.count;
        const all = Math.max(matching, files?.rows.read ?? 0);
        let left = all;
        const step = (name: string, count: number, rows?: Filters) => {
          left -= count;
          return { name, count, end: left, rows };
        };
        const ofFiles = files
          ? [
              step(t`could not be read`, files.rows.rejected),
              step(t`already in the market`, files.rows.duplicate),
              step(t`corrected by another row of the same sale`, files.rows.superseded),
              step(t`withdrawn by their source`, files.rows.deleting),
              step(t`rows of gazetteers`, files.rows.places),
              step(t`replaced, withdrawn or undone later`, files.sales.retired),
            ].filter(({ count }) => count > 0)
          : [];
        left = matching;
        const steps = Object.entries(whole.left_out.by_reason).map(([reason, count]) =>
          step(reasonOf(reason).name, count, { ...filters, standard: 'false', reason: [reason] }),
        );
        const isLevel = levelFilters !== filters;
        if (isLevel && covered?.from && covered.to) {
          const { before, after, undated } = whole.covered;
          const earlier = whole.sales - before - after - undated - sales;
          const firstLevel = levelFilters.sold_from as string;
          if (after > 0) {
            const rows = { ...filters, sold_from: nextDay(covered.to) };
            steps.push(step(t`signed after ${format.day(covered.to)}, still arriving`, after, rows));
          }
          if (before > 0) {
            const rows = { ...filters, sold_to: dayBefore(covered.from) };
            steps.push(step(t`signed before ${format.day(covered.from)}, before the covered period`, before, rows));
          }
          if (undated > 0) steps.push(step(t`without a date`, undated));
          if (earlier > 0) {
            const rows = { ...filters, sold_from: covered.from, sold_to: dayBefore(firstLevel) };
            steps.push(
              step(t`signed before ${format.day(firstLevel)}: in the trends, not in the levels`, earlier, rows),
            );
          }
        }
        const bar = (from: number, to: number, colour: string) => (
          <td className={classes.bar}>
            <i
              style={{
                insetInlineStart: `${(from / (all || 1)) * 100}%`,
                width: `${((to - from) / (all || 1)) * 100}%`,
                background: colour,
              }}
            />
          </td>
        );
        return (
          <table className={`table ${classes.ledger}`}>
            <tbody>
              {files && (
                <tr className={classes.whole}>
                  <th scope="row">
                    <Trans>Rows read from files</Trans>
                  </th>
                  {bar(0, files.rows.read, 'var(--ink2)')}
                  <td className="number">{format.count(files.rows.read)}</td>
                </tr>
              )}
              {ofFiles.map(({ name, count, end }) => (
                <tr key={name}>
                  <th scope="row" className={classes.step}>
                    {name}
                  </th>
                  {bar(end, end + count, 'var(--strongRule)')}
                  <td className="number">−{format.count(count)}</td>
                </tr>
              ))}
              {files && files.sales.entered > 0 && (
                <tr>
                  <th scope="row" className={classes.step}>
                    <Trans>entered by hand, or restored by an undo</Trans>
                  </th>
                  {bar(matching - files.sales.entered, matching, 'var(--strongRule)')}
                  <td className="number">+{format.count(files.sales.entered)}</td>
                </tr>
              )}
              <tr className={classes.whole}>
                <th scope="row">{files ? <Trans>Sales in force</Trans> : <Trans>Sales that match</Trans>}</th>
                {bar(0, matching, 'var(--ink2)')}
                <td className="number">
                  <Door rows={{ ...filters, standard: 'all' }}>{format.count(matching)}</Door>
                </td>
              </tr>
              {steps.map(({ name, count, end, rows }, i) => (
                <tr key={name}>
                  <th scope="row" className={classes.step}>
                    {name}
                  </th>
                  {bar(end, end + count, `var(--kind-${(i + 2) % 7})`)}
                  <td className="number">
                    {rows ? <Door rows={rows}>{`−${format.count(count)}`}</Door> : `−${format.count(count)}`}
                  </td>
                </tr>
              ))}
              <tr className={classes.whole}>
                <th scope="row">
                  <Trans>Sales that these figures rest on</Trans>
                </th>
                {bar(0, sales, 'var(--ink)')}
                <td className="number">
                  <Door rows={levelFilters}>{format.count(sales)}</Door>
                </td>
              </tr>
            </tbody>
          </table>
        );
      }}
    </Section>
  );
}
