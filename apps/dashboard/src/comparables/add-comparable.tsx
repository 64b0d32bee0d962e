import { Trans } from '@lingui/react/macro';
import { useState } from 'react';
import { questions, useAnswer } from '../api/queries.ts';
import type { Estimate } from '../api/types.ts';
import { AddressSearch } from '../parts/address-search.tsx';
import { Popover } from '../parts/popover.tsx';
import { usePage } from '../use-page.ts';
import classes from './comparables.module.css';
import { withId, withoutId } from './subject.ts';

interface AddComparableProps {
  subject: Estimate['subject'];
  /** The valuation day. */
  day: string;
}

/** A sale that the reader adds to the comparables, found by its address. */
export function AddComparable(props: AddComparableProps) {
  return (
    <Popover className="button small screen" label={<Trans>Add a sale</Trans>}>
      {(close) => <Add {...props} onDone={close} />}
    </Popover>
  );
}

function Add({ subject, day, onDone }: AddComparableProps & { onDone(): void }) {
  const { address, format, show } = usePage();
  const [property, setProperty] = useState<number>();
  const { data } = useAnswer(questions.property(address.market, property ?? 0), property !== undefined);
  const found = data?.property_id === property ? data : undefined;
  const sales = found?.sales.filter(
    ({ type, contract_date, non_standard }) =>
      type === subject.type && contract_date !== null && contract_date < day && non_standard === null,
  );
  return (
    <div className={classes.add}>
      <AddressSearch onChoose={setProperty} />
      {sales?.map(({ id, contract_date, price }) => (
        <button
          key={id}
          type="button"
          className="button main"
          onClick={() => {
            onDone();
            show({
              include: withId(address.include, id),
              exclude: withoutId(address.exclude, id),
              rank: undefined,
            });
          }}
        >
          <Trans>
            Add the sale of {format.day(contract_date)} for {format.price(price)}
          </Trans>
        </button>
      ))}
      {sales?.length === 0 && (
        <p className="note">
          <Trans>
            {found?.address} has no standard sale of this type before {format.day(day)}.
          </Trans>
        </p>
      )}
    </div>
  );
}
