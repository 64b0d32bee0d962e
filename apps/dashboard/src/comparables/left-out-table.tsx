import { Trans, useLingui } from '@lingui/react/macro';
import type { Estimate } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import classes from './steps-table.module.css';
import { withId, withoutId } from './subject.ts';

/** Similar sales that are no comparables, with the reason. Each can be compared all the same. */
export function LeftOutTable({ leftOut }: { leftOut: Estimate['left_out'] }) {
  const { address, format, show } = usePage();
  const reasonOf = useReasons();
  return (
    <table className={`table ${classes.steps}`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Address</Trans>
          </th>
          <th scope="col" className={classes.wide}>
            <Trans>Signed</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Sold for</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Comparable</Trans>
          </th>
          <th scope="col" className={classes.wide}>
            <Trans>Why</Trans>
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {leftOut.map(({ id, address: where, contract_date, price, adjusted_price, coded_reason }) => {
          const byReader = coded_reason.code === 'excluded';
          return (
            <tr key={id}>
              <th scope="row">{where}</th>
              <td className={`${classes.wide} ${classes.day}`}>{format.day(contract_date)}</td>
              <td className="number">{format.price(price)}</td>
              <td className="number">{format.price(adjusted_price)}</td>
              <td className={classes.wide}>{reasonOf(coded_reason)}</td>
              <td className="number screen">
                <button
                  type="button"
                  className="button small"
                  onClick={() =>
                    show({
                      rank: undefined,
                      ...(byReader
                        ? { exclude: withoutId(address.exclude, id) }
                        : { include: withId(address.include, id) }),
                    })
                  }
                >
                  <Trans>Compare it</Trans>
                </button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

type Reason = Estimate['left_out'][number]['coded_reason'];

/** Why a sale is no comparable, in the reader's language. */
function useReasons(): (reason: Reason) => string {
  const { t } = useLingui();
  const { format } = usePage();
  return (reason) => {
    switch (reason.code) {
      case 'excluded':
        return t`Left out by you.`;
      case 'before_rebuilding':
        return t`Its sale before it was rebuilt.`;
      case 'outlying':
        return t`${format.decimal(reason.times_median, 2)} times the median of the comparables: too far from it.`;
    }
  };
}
