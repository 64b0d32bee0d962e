import { Trans, useLingui } from '@lingui/react/macro';
import { Command } from 'cmdk';
import { useDeferredValue, useState } from 'react';
import { questions, useAnswer } from '../api/queries.ts';
import { usePage } from '../use-page.ts';
import classes from './address-search.module.css';

/** The addresses of the market's sales, found by their beginnings. */
export function AddressSearch({ onChoose }: { onChoose(property: number): void }) {
  const { t } = useLingui();
  const { address, format, market } = usePage();
  const [typed, setTyped] = useState('');
  const q = useDeferredValue(typed.trim());
  const { data } = useAnswer(questions.places(address.market, q || 'a'), q.length > 1);
  const found = data?.places.filter(({ kind }) => kind === 'address') ?? [];
  return (
    <div className={classes.search}>
      <Command shouldFilter={false} loop label={t`Address`}>
        <Command.Input
          className="field"
          value={typed}
          onValueChange={setTyped}
          placeholder={t`Number and street, such as 12 Green St`}
        />
        <Command.List>
          {q.length > 1 &&
            found.map(({ name, property, differs, sales, postcode }) => (
              <Command.Item
                key={property}
                value={String(property)}
                onSelect={() => property !== null && onChoose(property)}
              >
                <span>
                  {[name, postcode].filter(Boolean).join(' ')}
                  {differs && <small>{differs}</small>}
                </span>
                <span className="muted">{sales === 1 ? t`1 sale` : t`${format.count(sales)} sales`}</span>
              </Command.Item>
            ))}
        </Command.List>
      </Command>
      {q.length > 1 && data && found.length === 0 && (
        <p className="note">
          <Trans>No sale of {market?.name} has an address that begins like this.</Trans>
        </p>
      )}
    </div>
  );
}
