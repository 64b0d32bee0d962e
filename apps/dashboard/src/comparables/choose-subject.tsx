import { Trans, useLingui } from '@lingui/react/macro';
import { Command } from 'cmdk';
import { type FormEvent, useDeferredValue, useId, useState } from 'react';
import { writeQuery } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { useMarketFacets } from '../parts/covered.ts';
import { useKindNames } from '../parts/kinds.ts';
import { usePage } from '../use-page.ts';
import classes from './choose-subject.module.css';
import { measures, readSubject, useStepNames } from './subject.ts';

/** The dwelling to value: a property of the market by its address, or a described one. */
export function ChooseSubject() {
  return (
    <div className={classes.choose}>
      <section>
        <h2>
          <Trans>A property that was sold before</Trans>
        </h2>
        <AddressChoice />
      </section>
      <section>
        <h2>
          <Trans>Any other, by what is known of it</Trans>
        </h2>
        <Described />
      </section>
    </div>
  );
}

function AddressChoice() {
  const { t } = useLingui();
  const { address, format, market, show } = usePage();
  const [typed, setTyped] = useState('');
  const q = useDeferredValue(typed.trim());
  const { data } = useAnswer(questions.places(address.market, q || 'a'), q.length > 1);
  const found = data?.places.filter(({ kind }) => kind === 'address') ?? [];
  return (
    <>
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
                onSelect={() => show({ subject: `id=${property}`, rank: undefined })}
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
    </>
  );
}

function Described() {
  const { t } = useLingui();
  const { address, show } = usePage();
  const facets = useMarketFacets();
  const kindName = useKindNames();
  const nameOf = useStepNames();
  const id = useId();
  const before = readSubject(address.subject ?? '') as Record<string, string | undefined>;
  const stated = facets.data?.stated as Record<string, number> | undefined;
  const types = facets.data?.type.values.flatMap(({ value }) => (value === null ? [] : [value])) ?? [];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entries = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
    show({ subject: writeQuery(Object.fromEntries(entries)), rank: undefined });
  };
  const text = (name: string, label: string, more: object = {}) => (
    <label key={name} htmlFor={`${id}${name}`}>
      <span>{label}</span>
      <input id={`${id}${name}`} name={name} className="field" defaultValue={before[name]} {...more} />
    </label>
  );
  const units: Record<string, string> = { floor_area: t`Floor, m²`, land_area: t`Land, m²` };
  return (
    <form key={address.subject} className={classes.described} onSubmit={submit}>
      {types.length > 0 && (
        <label htmlFor={`${id}type`}>
          <span>
            <Trans>Type</Trans>
          </span>
          <select id={`${id}type`} name="type" className="field" defaultValue={before.type} required>
            {types.map((type) => (
              <option key={type} value={type}>
                {kindName(type).many}
              </option>
            ))}
          </select>
        </label>
      )}
      {text('locality', t`Locality`)}
      {text('postcode', t`Postcode`)}
      {measures
        .filter((name) => stated?.[name] !== 0)
        .map((name) =>
          text(name, units[name] ?? nameOf(name), { type: 'number', min: 0, step: 'any', inputMode: 'decimal' }),
        )}
      {text('latitude', t`Latitude`, { type: 'number', min: -90, max: 90, step: 'any' })}
      {text('longitude', t`Longitude`, { type: 'number', min: -180, max: 180, step: 'any' })}
      {text('valued_on', t`Valued on`, { type: 'date' })}
      <button type="submit" className="button main">
        <Trans>Value it</Trans>
      </button>
    </form>
  );
}
