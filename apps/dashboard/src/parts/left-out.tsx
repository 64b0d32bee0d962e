import { Trans, useLingui } from '@lingui/react/macro';
import type { Filters } from '../address.ts';
import type { LeftOut as LeftOutCounts } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { Door } from './door.tsx';
import classes from './left-out.module.css';
import { Popover } from './popover.tsx';

/** Reasons in the reader's language, and what they mean where the reason alone does not say it. */
export function useReasons(): (reason: string) => { name: string; meaning?: string } {
  const { t } = useLingui();
  const known: Record<string, { name: string; meaning?: string }> = {
    standard: { name: t`standard` },
    'shared dealing': {
      name: t`in a dealing of several properties`,
      meaning: t`the whole price is stated on each of several properties`,
    },
    'part interest': { name: t`a part interest`, meaning: t`not the price of the whole` },
    'set aside': { name: t`set aside by hand` },
    'nominal price': { name: t`a nominal price`, meaning: t`far below what any home there costs` },
    'not at market value': { name: t`not at market value` },
    'no price': { name: t`no price stated` },
    'contract date missing': { name: t`no contract date` },
    'contract date before 1900': { name: t`contract date before 1900` },
    'contract date after issue': { name: t`contract date after the issue of the row` },
    'contract date after the file': { name: t`contract date after the file` },
  };
  return (reason) => known[reason] ?? { name: reason };
}

/** The attributes that a filter may be about, as a sale states them. */
function useAttributes(): Record<string, string> {
  const { t } = useLingui();
  return {
    price: t`no price stated`,
    bedrooms: t`bedrooms not stated`,
    land_area: t`land not stated`,
    floor_area: t`floor not stated`,
    contract_date: t`no contract date`,
    storey: t`storey not stated`,
    year_built: t`year not stated`,
    lease_start: t`lease not stated`,
    lease_remaining: t`lease not stated`,
    grade: t`grade not stated`,
    new_build: t`new or not is not stated`,
    year_renovated: t`renovation not stated`,
    condition: t`condition not stated`,
    waterfront: t`waterfront or not is not stated`,
    tenure: t`tenure not stated`,
    flat_model: t`flat model not stated`,
    zoning: t`zoning not stated`,
    coordinates: t`not on the map`,
  };
}

/** The sales that a figure leaves out, by reason, one click from those sales. */
export function LeftOut({ leftOut, filters }: { leftOut: LeftOutCounts; filters: Filters | null | undefined }) {
  const { format } = usePage();
  const reasonOf = useReasons();
  const attributes = useAttributes();
  const notStated = Object.entries(leftOut.not_stated ?? {}).filter(([, sales]) => sales > 0);
  if (leftOut.count === 0 && notStated.length === 0) return <Trans>none left out</Trans>;
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
                  {reasonOf(reason).name}
                  <span className={classes.why}>{reasonOf(reason).meaning}</span>
                </span>
                {filters ? (
                  <Door
                    rows={
                      reason === 'standard'
                        ? { ...filters, standard: 'true', reason: undefined }
                        : { ...filters, standard: 'false', reason: [reason] }
                    }
                  >
                    {format.count(sales)}
                  </Door>
                ) : (
                  format.count(sales)
                )}
              </li>
            ))}
            {notStated.map(([attribute, sales]) => (
              <li key={attribute}>
                <span>
                  {attributes[attribute] ?? attribute}
                  <span className={classes.why}>
                    <Trans>whether they match is unknown; not counted above</Trans>
                  </span>
                </span>
                {format.count(sales)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Popover>
  );
}
