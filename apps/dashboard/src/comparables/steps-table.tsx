import { Trans, useLingui } from '@lingui/react/macro';
import type { Estimate } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import classes from './steps-table.module.css';
import { useStepNames, withId, withoutId } from './subject.ts';

/** The comparables with what each step adds to their prices, and the price model with its weight. */
export function StepsTable({
  estimate: { comparables, price_model: model },
  rank,
}: {
  estimate: Estimate;
  rank: number;
}) {
  const { t } = useLingui();
  const { address, format, show } = usePage();
  const nameOf = useStepNames();
  const names = [...new Set(comparables.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  const largest = Math.max(model.weight, ...comparables.map(({ weight }) => weight));
  const added = (amount: number | undefined) =>
    amount === undefined
      ? '–'
      : Math.round(amount) === 0
        ? '0'
        : `${amount > 0 ? '+' : '−'}${format.shortPrice(Math.abs(amount))}`;
  return (
    <div className={classes.scroller}>
      <table className={`table ${classes.steps}`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Address</Trans>
            </th>
            <th scope="col" className={classes.wide}>
              <Trans>Signed</Trans>
            </th>
            <th scope="col" className={`number ${classes.wide}`}>
              <Trans>Away</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>Sold for</Trans>
            </th>
            {names.map((name) => (
              <th key={name} scope="col" className={`number ${classes.wide}`}>
                {nameOf(name)}
              </th>
            ))}
            <th scope="col" className="number">
              <Trans>Comparable</Trans>
            </th>
            <th scope="col" className={classes.weight}>
              <Trans>Weight</Trans>
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {comparables.map((each) => (
            <tr key={each.id} className={each.rank === rank ? classes.chosen : undefined}>
              <th scope="row">
                <button type="button" onClick={() => show({ rank: each.rank })} aria-pressed={each.rank === rank}>
                  <i>{each.rank}</i> {each.address}
                </button>
                {each.included && (
                  <span className={classes.added}>
                    <Trans>added by you</Trans>
                  </span>
                )}
              </th>
              <td className={`${classes.wide} ${classes.day}`}>{format.day(each.contract_date)}</td>
              <td className={`number ${classes.wide}`}>
                {each.distance_km === null ? '–' : format.distance(each.distance_km)}
              </td>
              <td className="number">{format.price(each.price)}</td>
              {names.map((name) => {
                const amount = each.steps.find((step) => step.name === name)?.amount;
                return (
                  <td
                    key={name}
                    className={`number ${classes.wide} ${amount === undefined || Math.round(amount) === 0 ? 'muted' : amount < 0 ? classes.less : classes.more}`}
                  >
                    {added(amount)}
                  </td>
                );
              })}
              <td className="number">
                <b>{format.price(each.adjusted_price)}</b>
              </td>
              <td className={classes.weight}>
                <i style={{ width: `${(each.weight / largest) * 100}%` }} />
                <span className="hidden">{format.share(each.weight)}</span>
              </td>
              <td className={`${classes.leave} screen`}>
                <button
                  type="button"
                  aria-label={t`Leave out ${each.address}`}
                  title={t`Leave it out`}
                  onClick={() =>
                    show({
                      rank: undefined,
                      ...(each.included
                        ? { include: withoutId(address.include, each.id) }
                        : { exclude: withId(address.exclude, each.id) }),
                    })
                  }
                >
                  ×
                </button>
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">
              <Trans>The price model alone</Trans>
            </th>
            <td className={classes.wide} />
            <td className={classes.wide} />
            <td />
            {names.map((name) => (
              <td key={name} className={classes.wide} />
            ))}
            <td className="number">
              <b>{format.price(model.price)}</b>
            </td>
            <td className={classes.weight}>
              <i style={{ width: `${(Math.max(0, model.weight) / largest) * 100}%` }} />
              <span className="hidden">{format.share(model.weight)}</span>
            </td>
            <td />
          </tr>
        </tbody>
      </table>
    </div>
  );
}
