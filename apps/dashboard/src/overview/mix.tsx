import { Trans, useLingui } from '@lingui/react/macro';
import type { UseQueryResult } from '@tanstack/react-query';
import { type Filters, withType } from '../address.ts';
import { questions } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { Door } from '../parts/door.tsx';
import { colourOfKind, useKindNames, useKinds } from '../parts/kinds.ts';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';
import classes from './mix.module.css';

/** Fewer sales than this have their median marked. */
const supported = 30;

/** Standard sales by type of dwelling. */
export function Mix({ answer, filters }: { answer: UseQueryResult<Summary>; filters: Filters }) {
  const { t } = useLingui();
  const { format } = usePage();
  const kindOf = useKinds();
  const kindName = useKindNames();
  return (
    <Section
      title={t`What is sold`}
      span={4}
      note={<Trans>Sales by type, and their medians. *: fewer than {supported} sales</Trans>}
      question={questions.summary(filters)}
      answer={answer}
      leftOut={answer.data?.left_out}
      height={340}
      measures={['sales', 'share', 'median']}
    >
      {({ by_type, sales, median_price }) => {
        const most = Math.max(1, ...by_type.map(({ sales }) => sales));
        return (
          <table className={`table ${classes.mix}`}>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Type</Trans>
                </th>
                <td className={classes.bar} />
                <th scope="col" className="number">
                  <Trans>Sales</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Share</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Median</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {by_type.map((part) => {
                const door = (figure: string) =>
                  part.type === null ? figure : <Door rows={withType(filters, part.type)}>{figure}</Door>;
                return (
                  <tr key={part.type}>
                    <th scope="row">{kindName(part.type).many}</th>
                    <td className={classes.bar}>
                      <i
                        style={{
                          width: `${(part.sales / most) * 100}%`,
                          background: colourOfKind(kindOf(part.type)),
                        }}
                      />
                    </td>
                    <td className="number">{door(format.count(part.sales))}</td>
                    <td className="number">{format.share(part.sales / (sales || 1))}</td>
                    <td className={`number ${part.sales < supported ? 'muted' : ''}`}>
                      {door(format.price(part.median_price))}
                      {part.sales < supported && ' *'}
                    </td>
                  </tr>
                );
              })}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">
                  <Trans>All</Trans>
                </th>
                <td />
                <td className="number">
                  <Door rows={filters}>{format.count(sales)}</Door>
                </td>
                <td className="number">{format.percent(1)}</td>
                <td className="number">
                  <Door rows={filters}>{format.price(median_price)}</Door>
                </td>
              </tr>
            </tfoot>
          </table>
        );
      }}
    </Section>
  );
}
