import { Trans, useLingui } from '@lingui/react/macro';
import { type FormEvent, useId } from 'react';
import { toValue, writeQuery } from '../address.ts';
import { AddressSearch } from '../parts/address-search.tsx';
import { useMarketFacets } from '../parts/covered.ts';
import { categories } from '../parts/details.ts';
import { useKindNames } from '../parts/kinds.ts';
import { usePage } from '../use-page.ts';
import classes from './choose-subject.module.css';
import { measures, readSubject, useStepNames } from './subject.ts';

/** The dwelling to value: a property of the market by its address, or a described one. */
export function ChooseSubject() {
  const { show } = usePage();
  return (
    <div className={classes.choose}>
      <section>
        <h2>
          <Trans>A property that was sold before</Trans>
        </h2>
        <AddressSearch onChoose={(property) => show(toValue(`id=${property}`))} />
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

function Described() {
  const { t } = useLingui();
  const { address, show } = usePage();
  const facets = useMarketFacets();
  const kindName = useKindNames();
  const nameOf = useStepNames();
  const id = useId();
  const before = readSubject(address.subject ?? '') as Record<string, string | undefined>;
  const stated = facets.data?.stated as Record<string, number> | undefined;
  const valuesOf = (name: 'type' | (typeof categories)[number]) =>
    facets.data?.[name].values.flatMap(({ value }) => (value === null ? [] : [value])) ?? [];
  const types = valuesOf('type');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entries = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
    show(toValue(writeQuery(Object.fromEntries(entries))));
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
      {categories
        .filter((name) => stated?.[name])
        .map((name) => (
          <label key={name} htmlFor={`${id}${name}`}>
            <span>{nameOf(name)}</span>
            <select id={`${id}${name}`} name={name} className="field" defaultValue={before[name]}>
              <option value="">{t`Not known`}</option>
              {valuesOf(name).map((value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          </label>
        ))}
      {text('latitude', t`Latitude`, { type: 'number', min: -90, max: 90, step: 'any' })}
      {text('longitude', t`Longitude`, { type: 'number', min: -180, max: 180, step: 'any' })}
      {text('valued_on', t`Valued on`, { type: 'date' })}
      <button type="submit" className="button main">
        <Trans>Value it</Trans>
      </button>
    </form>
  );
}
