import { Trans, useLingui } from '@lingui/react/macro';
import type { UseQueryResult } from '@tanstack/react-query';
import type { Filters } from '../address.ts';
import { questions } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { Door } from '../parts/door.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';
import classes from './ledger.module.css';

/** Every subtraction from the sales that match to the sales that the figures rest on. Each number opens its rows. */
export function Ledger({ answer }: { answer: UseQueryResult<Summary> }) {
  const { t } = useLingui();
  const { filters, format } = usePage();
  return (
    <Section
      title={t`Where every row went`}
      span={8}
      note={<Trans>From the sales that match to the figures on this page</Trans>}
      question={questions.summary(filters)}
      answer={answer}
      height={230}
      footing={() => <Trans>Each number opens its rows</Trans>}
    >
      {({ sales, left_out }) => {
        const all = sales + left_out.count;
        let left = all;
        const steps = Object.entries(left_out.by_reason).map(([reason, count]) => {
          left -= count;
          const rows: Filters = { ...filters, standard: 'false', reason: [reason] };
          return { name: reason, count, end: left, rows };
        });
        const bar = (from: number, to: number, colour: string) => (
          <td className={classes.bar}>
            <i
              style={{
                left: `${(from / (all || 1)) * 100}%`,
                width: `${((to - from) / (all || 1)) * 100}%`,
                background: colour,
              }}
            />
          </td>
        );
        return (
          <table className={`table ${classes.ledger}`}>
            <tbody>
              <tr className={classes.whole}>
                <th scope="row">
                  <Trans>Sales that match</Trans>
                </th>
                {bar(0, all, 'var(--ink2)')}
                <td className="number">
                  <Door rows={{ ...filters, standard: 'all' }}>{format.count(all)}</Door>
                </td>
              </tr>
              {steps.map(({ name, count, end, rows }, i) => (
                <tr key={name}>
                  <th scope="row" className={classes.step}>
                    {name}
                  </th>
                  {bar(end, end + count, `var(--kind-${(i + 2) % 7})`)}
                  <td className="number">
                    <Door rows={rows}>{`−${format.count(count)}`}</Door>
                  </td>
                </tr>
              ))}
              <tr className={classes.whole}>
                <th scope="row">
                  <Trans>Sales that these figures rest on</Trans>
                </th>
                {bar(0, sales, 'var(--ink)')}
                <td className="number">
                  <Door rows={filters}>{format.count(sales)}</Door>
                </td>
              </tr>
            </tbody>
          </table>
        );
      }}
    </Section>
  );
}
