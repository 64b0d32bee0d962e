import { Trans, useLingui } from '@lingui/react/macro';
import type { Filters } from '../address.ts';
import type { LeftOut as LeftOutCounts } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { Door } from './door.tsx';
import classes from './left-out.module.css';
import { Popover } from './popover.tsx';

/** What a reason means, where the reason alone does not say it. */
function useExplanations(): Record<string, string> {
  const { t } = useLingui();
  return {
    'shared dealing': t`the whole price is stated on each of several properties`,
    'part interest': t`not the price of the whole`,
    'set aside': t`set aside by hand`,
    'nominal price': t`far below what any home there costs`,
  };
}

/** The sales that a figure leaves out, by reason, one click from those sales. */
export function LeftOut({ leftOut, filters }: { leftOut: LeftOutCounts; filters: Filters }) {
  const { format } = usePage();
  const explanations = useExplanations();
  if (leftOut.count === 0) return <Trans>none left out</Trans>;
  return (
    <Popover className="door" label={<Trans>{format.count(leftOut.count)} left out</Trans>}>
      {() => (
        <div className={classes.panel}>
          <p>
            <b>
              <Trans>{format.count(leftOut.count)} left out</Trans>
            </b>
          </p>
          <ul>
            {Object.entries(leftOut.by_reason).map(([reason, sales]) => (
              <li key={reason}>
                <span>
                  {reason}
                  {explanations[reason] && <span className={classes.why}>{explanations[reason]}</span>}
                </span>
                <Door
                  rows={
                    reason === 'standard'
                      ? { ...filters, standard: 'true', reason: undefined }
                      : { ...filters, standard: 'false', reason: [reason] }
                  }
                >
                  {format.count(sales)}
                </Door>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Popover>
  );
}
