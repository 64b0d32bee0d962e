import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { type Address, carriedOver, toValue } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { AddressSearch } from '../parts/address-search.tsx';
import { useKindNames } from '../parts/kinds.ts';
import { Failure, Skeleton } from '../parts/states.tsx';
import view from '../parts/view.module.css';
import { usePage } from '../use-page.ts';
import { InItsArea } from './in-its-area.tsx';
import { Nearby } from './nearby.tsx';
import { OwnSales } from './own-sales.tsx';
import classes from './property.module.css';

/** One property: its sales, and its place among those around it. */
export function PropertyView() {
  const { address, show } = usePage();
  return address.property === undefined ? (
    <>
      <h1>
        <Trans>Which property?</Trans>
      </h1>
      <div className={classes.search}>
        <AddressSearch onChoose={(property) => show({ property })} />
      </div>
    </>
  ) : (
    <Shown id={address.property} />
  );
}

function Shown({ id }: { id: number }) {
  const { t } = useLingui();
  const { address, format } = usePage();
  const kindName = useKindNames();
  const answer = useAnswer(questions.property(address.market, id));
  const data = answer.data?.property_id === id ? answer.data : undefined;
  const [latest] = data?.sales ?? [];
  if (!data || !latest) {
    return (
      <>
        <h1>
          <Trans>A property</Trans>
        </h1>
        {answer.error ? (
          <Failure title={<Trans>The property cannot be shown.</Trans>} error={answer.error} retry={answer.refetch} />
        ) : (
          <Skeleton height={600} />
        )}
      </>
    );
  }
  const sold = data.sales.find(({ non_standard }) => non_standard === null);
  const facts = [
    latest.type === null ? undefined : kindName(latest.type).one,
    latest.floor_area === null ? undefined : t`${format.area(latest.floor_area)} of floor`,
    latest.land_area === null ? undefined : t`${format.area(latest.land_area)} of land`,
    latest.bedrooms === null ? undefined : t`${format.count(latest.bedrooms)} bedrooms`,
    latest.year_built === null ? undefined : t`built in ${String(latest.year_built)}`,
  ].filter((fact) => fact !== undefined);
  return (
    <>
      <h1>{data.address}</h1>
      <p className={classes.meta}>
        {facts.length > 0 && <span>{facts.join(' · ')}</span>}
        <span>
          {sold ? (
            <Trans>
              last sold on {format.day(sold.contract_date)} for <b>{format.price(sold.price)}</b>
            </Trans>
          ) : (
            <Trans>no sale at the price of the whole</Trans>
          )}
        </span>
        <Link
          className="button small main screen"
          to="/app/comparables"
          search={(before: Address) => ({ ...carriedOver(before), ...toValue(`id=${id}`) })}
        >
          <Trans>What would it sell for?</Trans>
        </Link>
      </p>
      <div className={view.grid}>
        <OwnSales id={id} span={6} />
        {sold && <InItsArea sale={sold} />}
        <Nearby sale={latest} />
      </div>
    </>
  );
}
