import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { type Address, carriedOver, toValue } from '../address.ts';
import { write } from '../api/client.ts';
import type { Sale } from '../api/types.ts';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import { Dialog } from './dialog.tsx';
import { Fault } from './fault.tsx';
import { PropertyLink } from './property-link.tsx';
import classes from './sale-details.module.css';
import { needsToken, TokenField } from './token-field.tsx';

/** One sale, with a form that sets it aside or reinstates it. */
export function SaleDetails({ sale, onClose }: { sale: Sale | undefined; onClose(): void }) {
  const { t } = useLingui();
  const { format, address } = usePage();
  if (!sale) return null;
  const facts: [string, string | null][] = [
    [t`Price`, format.price(sale.price)],
    [t`Signed`, format.day(sale.contract_date)],
    [t`Settled`, format.day(sale.settlement_date)],
    [t`Type`, sale.type],
    [t`Locality`, [sale.locality, sale.region, sale.postcode].filter(Boolean).join(', ')],
    [t`Land`, sale.land_area === null ? null : format.area(sale.land_area)],
    [t`Floor`, sale.floor_area === null ? null : format.area(sale.floor_area)],
    [t`Bedrooms`, sale.bedrooms === null ? null : format.count(sale.bedrooms)],
    [t`On the map`, sale.approximate === null ? null : t`by ${sale.approximate}`],
    [t`Not standard`, sale.non_standard],
    [t`Set aside`, sale.set_aside],
  ];
  return (
    <Dialog title={sale.address} onClose={onClose}>
      <dl className={classes.facts}>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <p className="buttons">
        <PropertyLink id={sale.property_id} />
        <Link
          className="button small"
          to="/app/comparables"
          search={(before: Address) => ({ ...carriedOver(before), ...toValue(`id=${sale.property_id}`) })}
        >
          <Trans>What would it sell for?</Trans>
        </Link>
      </p>
      {address.as_of === undefined ? (
        <SetAside sale={sale} onDone={onClose} />
      ) : (
        <p className="note">
          <Trans>This is an earlier version. Go to today to set the sale aside.</Trans>
        </p>
      )}
    </Dialog>
  );
}

function SetAside({ sale, onDone }: { sale: Sale; onDone(): void }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const reason = useId();
  const [asksToken, setAsksToken] = useState(false);
  const change = useMutation({
    mutationFn: (set_aside: string | null) => write('patch', '/api/sales/{id}', sale.id, { set_aside }),
    onSuccess(answer, set_aside) {
      queries.invalidateQueries();
      if (set_aside === null) {
        notify(t`${sale.address} is reinstated, in version ${answer.version ?? ''}.`);
      } else {
        notify(t`${sale.address} is set aside, in version ${answer.version ?? ''}.`, {
          label: t`Undo`,
          run: () => change.mutate(sale.set_aside),
        });
      }
      onDone();
    },
    onError: (error) => setAsksToken(asksToken || needsToken(error)),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change.mutate(sale.set_aside === null ? String(new FormData(event.currentTarget).get('reason')) : null);
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      {sale.set_aside === null ? (
        <>
          <label htmlFor={reason}>
            <Trans>Set it aside, and why</Trans>
          </label>
          <input
            id={reason}
            name="reason"
            className="field"
            required
            maxLength={200}
            placeholder={t`such as: sold to a relative`}
          />
          <p className="note">
            <Trans>Figures then leave it out and count it. It can be undone.</Trans>
          </p>
        </>
      ) : (
        <p className="note">
          <Trans>It is set aside: {sale.set_aside}. Figures leave it out.</Trans>
        </p>
      )}
      {asksToken && <TokenField scope="write" />}
      <Fault error={change.error} />
      <p className="buttons">
        <button type="submit" className="button main" disabled={change.isPending}>
          {sale.set_aside === null ? <Trans>Set the sale aside</Trans> : <Trans>Reinstate the sale</Trans>}
        </button>
      </p>
    </form>
  );
}
