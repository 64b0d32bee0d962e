import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { type Address, carriedOver, type Filters } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Quality as Found } from '../api/types.ts';
import { useMemberNames } from '../parts/details.ts';
import { Door } from '../parts/door.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';

type Missing = Found['missing'][number];

/** What looks wrong in the market's sales. Each finding opens its rows. */
export function Quality() {
  const { t } = useLingui();
  const { address, format } = usePage();
  const filters: Filters = { market: address.market, as_of: address.as_of };
  const question = questions.quality(filters);
  const answer = useAnswer(question);
  return (
    <Section
      title={t`What looks wrong`}
      note={
        <Trans>
          Suspected only: nothing is changed. Open a finding to check its sales, and set aside those that are wrong.
        </Trans>
      }
      question={question}
      answer={answer}
      height={240}
      footing={({ sales }) => <Trans>{format.count(sales)} sales checked</Trans>}
    >
      {({ duplicates, outliers, gaps, missing, sales }) => (
        <div className={classes.findings}>
          <Finding name={t`Entered twice`} total={duplicates.total}>
            {duplicates.groups.slice(0, shown).map((group) => (
              <li key={group.ids.join()}>
                <Door
                  rows={{
                    ...filters,
                    ...(group.locality !== null && { locality: [group.locality] }),
                    sold_from: group.contract_date,
                    sold_to: group.contract_date,
                    price_min: group.price,
                    price_max: group.price,
                  }}
                >
                  {group.address}
                </Door>
                <span className="muted">
                  {group.sales} × {format.price(group.price)}
                </span>
              </li>
            ))}
          </Finding>
          <Finding name={t`Far from the prices around`} total={outliers.total}>
            {outliers.sales.slice(0, shown).map((sale) => (
              <li key={sale.id}>
                <Link
                  className="door"
                  to="/app/property"
                  search={(before: Address) => ({ ...carriedOver(before), property: sale.property_id })}
                >
                  {sale.address}
                </Link>
                <span className="muted">
                  <Trans>
                    {format.price(sale.price)}, typically {format.shortPrice(sale.typical_price)}
                  </Trans>
                </span>
              </li>
            ))}
          </Finding>
          <Finding name={t`Months without a sale`} total={gaps.total}>
            {gaps.gaps.slice(0, shown).map((gap) => (
              <li key={`${gap.from} ${JSON.stringify(gap)}`}>
                <span>{format.period(gap.from, 'month')}</span>
                <span className="muted">{gap.months === 1 ? t`1 month` : t`${format.count(gap.months)} months`}</span>
              </li>
            ))}
          </Finding>
          <NotStated missing={missing} checked={sales} filters={filters} />
        </div>
      )}
    </Section>
  );
}

/** What only some sales state, the rarest gap first, and what none does. */
function NotStated({ missing, checked, filters }: { missing: Missing[]; checked: number; filters: Filters }) {
  const { t } = useLingui();
  const { format } = usePage();
  const memberNames = useMemberNames();
  const door = ({ field }: Missing) => <Door rows={{ ...filters, not_stated: [field] }}>{memberNames[field]}</Door>;
  const some = missing.filter(({ sales }) => sales > 0 && sales < checked).sort((a, b) => a.sales - b.sales);
  const none = missing.filter(({ sales }) => sales > 0 && sales === checked);
  return (
    <div className={classes.unstated}>
      <Finding name={t`Not stated`} total={some.length}>
        {some.map((each) => (
          <li key={each.field}>
            {door(each)}
            <span className="muted">{format.count(each.sales)}</span>
          </li>
        ))}
      </Finding>
      {none.length > 0 && (
        <p className="note">
          <Trans>By no sale:</Trans>{' '}
          {none.map((each, i) => (
            <Fragment key={each.field}>
              {i > 0 && ', '}
              {door(each)}
            </Fragment>
          ))}
        </p>
      )}
    </div>
  );
}

/** The findings of a kind that are listed; CSV has more. */
const shown = 8;

function Finding({ name, total, children }: { name: string; total: number; children: ReactNode }) {
  const { format } = usePage();
  return (
    <div className={total > 0 ? classes.found : undefined}>
      <h3>
        {name} <b>{format.count(total)}</b>
      </h3>
      {total > 0 && <ul>{children}</ul>}
    </div>
  );
}
