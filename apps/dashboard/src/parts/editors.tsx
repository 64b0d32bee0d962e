/** Editors of filters, as they open from the sentence and stand beside Explore. */
import { Trans, useLingui } from '@lingui/react/macro';
import { Command } from 'cmdk';
import { type FormEvent, useDeferredValue, useId, useState } from 'react';
import type { Filters } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Facets } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useCovered } from './covered.ts';
import { type Category, type Flag, useFlags } from './details.ts';
import classes from './editors.module.css';
import { useKindNames } from './kinds.ts';
import { nameOfPlace, placeFilter } from './places.ts';

/** Types of dwelling with what the other filters leave of each. */
export function TypeChoice() {
  const { filters, show } = usePage();
  const { data } = useAnswer(questions.facets(filters));
  const kindName = useKindNames();
  return (
    <FacetChoice
      facet={data?.type}
      nameOf={(value) => kindName(value).many}
      chosen={filters.type ?? []}
      onChoose={(type) => show({ type })}
    />
  );
}

/** Values of a category with what the other filters leave of each. */
export function CategoryChoice({ category }: { category: Category }) {
  const { filters, show } = usePage();
  const { data } = useAnswer(questions.facets(filters));
  return (
    <FacetChoice
      facet={data?.[category]}
      nameOf={(value) => value}
      chosen={filters[category] ?? []}
      onChoose={(values) => show({ [category]: values })}
    />
  );
}

interface FacetChoiceProps {
  /** undefined while it is loading. */
  facet: Facets['type'] | undefined;
  nameOf(value: string): string;
  chosen: string[];
  onChoose(chosen: string[]): void;
}

function FacetChoice({ facet, nameOf, chosen, onChoose }: FacetChoiceProps) {
  const { format } = usePage();
  const values = facet?.values.flatMap(({ value, sales }) => (value === null ? [] : [{ value, sales }])) ?? [];
  const gone = chosen
    .filter((each) => !values.some(({ value }) => value === each))
    .map((value) => ({ value, sales: 0 }));
  return (
    <CheckList
      choices={[...values, ...gone].map(({ value, sales }) => {
        return { value, name: nameOf(value), count: format.count(sales) };
      })}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}

interface CheckListProps<T extends string> {
  choices: { value: T; name: string; count?: string }[];
  chosen: readonly T[];
  onChoose(chosen: T[]): void;
}

/** Any of a few values. */
export function CheckList<T extends string>({ choices, chosen, onChoose }: CheckListProps<T>) {
  return (
    <ul className={classes.checks}>
      {choices.map(({ value, name, count }) => (
        <li key={value}>
          <label>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={({ target }) =>
                onChoose(target.checked ? [...chosen, value] : chosen.filter((each) => each !== value))
              }
            />
            <span>{name}</span>
            {count !== undefined && <span>{count}</span>}
          </label>
        </li>
      ))}
    </ul>
  );
}

/** Places by typing. */
export function PlaceChoice() {
  const { t } = useLingui();
  const { filters, format, market, show } = usePage();
  const [typed, setTyped] = useState('');
  const q = useDeferredValue(typed.trim());
  const { data } = useAnswer(questions.places(filters.market, q || 'a'), q.length > 0);
  const chosen = (['region', 'locality', 'postcode'] as const).flatMap((level) =>
    (filters[level] ?? []).map((name) => ({ level, name })),
  );
  const areas = data?.places.filter(({ kind }) => kind !== 'street' && kind !== 'address') ?? [];
  return (
    <div className={classes.places}>
      <Command shouldFilter={false} loop label={t`Place`}>
        <Command.Input className="field" value={typed} onValueChange={setTyped} placeholder={t`Locality or postcode`} />
        <Command.List>
          {q !== '' &&
            areas.map((place) => (
              <Command.Item
                key={`${place.kind} ${place.name} ${place.region}`}
                value={`${place.kind} ${place.name} ${place.region}`}
                onSelect={() => {
                  const { region, locality, postcode } = placeFilter(place);
                  // Places of one level add up; a place of another level replaces them.
                  const same = locality ? filters.locality : postcode ? filters.postcode : filters.region;
                  const [name] = locality ?? postcode ?? region ?? [];
                  const names = [...new Set([...(same ?? []), name as string])];
                  show({
                    region: locality ? (names.length > 1 ? undefined : region) : region && names,
                    locality: locality && names,
                    postcode: postcode && names,
                  });
                  setTyped('');
                }}
              >
                <span>{nameOfPlace(place)}</span>
                <span className="muted">
                  {place.kind}, {format.count(place.sales)}
                </span>
              </Command.Item>
            ))}
        </Command.List>
      </Command>
      {q !== '' && data && areas.length === 0 && (
        <p className="note">
          <Trans>No place of {market?.name} has this name.</Trans>
        </p>
      )}
      {chosen.length > 0 && (
        <ul className={classes.chips}>
          {chosen.map(({ level, name }) => (
            <li key={`${level} ${name}`}>
              <button
                type="button"
                aria-label={t`Remove ${name}`}
                onClick={() => show({ [level]: filters[level]?.filter((each) => each !== name) })}
              >
                {name} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
          <li>
            <button type="button" onClick={() => show({ region: undefined, locality: undefined, postcode: undefined })}>
              <Trans>All of {market?.name}</Trans>
            </button>
          </li>
        </ul>
      )}
    </div>
  );
}

type NumberFilter = {
  [K in keyof Filters]-?: Filters[K] extends number | undefined ? K : never;
}[keyof Filters];

interface NumberRangeProps {
  from: NumberFilter;
  to: NumberFilter;
  unit: string;
  /** The lowest value. */
  minimum?: number;
}

/** A range of numbers, either end of which may be open. */
export function NumberRange({ from, to, unit, minimum = 0 }: NumberRangeProps) {
  const { filters, format, show } = usePage();
  const low = useId();
  const high = useId();
  // The address has areas in m².
  const isArea = from === 'land_area_min' || from === 'floor_area_min';
  const written = (value: number | undefined) =>
    value === undefined || !isArea ? value : Math.round(format.fromSquareMetres(value));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (name: string) => {
      const value = Number(form.get(name));
      if (form.get(name) === '' || !Number.isFinite(value) || value < minimum) return undefined;
      return isArea ? format.toSquareMetres(value) : value;
    };
    const [first, last] = [read('low'), read('high')];
    const reversed = first !== undefined && last !== undefined && first > last;
    show({ [from]: reversed ? last : first, [to]: reversed ? first : last });
  };
  return (
    // A new key writes what the address says into the fields.
    <form key={`${filters[from]} ${filters[to]} ${format.areaUnit}`} className={classes.range} onSubmit={submit}>
      <label htmlFor={low}>
        <Trans>From</Trans>
      </label>
      <label htmlFor={high}>
        <Trans>To, in {isArea ? format.areaUnit : unit}</Trans>
      </label>
      <span />
      <input
        id={low}
        name="low"
        type="number"
        min={minimum}
        step="any"
        inputMode="decimal"
        className="field"
        defaultValue={written(filters[from])}
      />
      <input
        id={high}
        name="high"
        type="number"
        min={minimum}
        step="any"
        inputMode="decimal"
        className="field"
        defaultValue={written(filters[to])}
      />
      <button type="submit" className="button">
        <Trans>Set</Trans>
      </button>
    </form>
  );
}

/** Contract dates. */
export function DateRange({ filters }: { filters: Filters }) {
  const { show, format } = usePage();
  const covered = useCovered();
  const first = useId();
  const last = useId();
  const year = (filters.sold_to ?? filters.sold_from)?.slice(0, 4);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (name: string) => String(form.get(name)) || undefined;
    const [from, to] = [read('first'), read('last')];
    const reversed = from !== undefined && to !== undefined && from > to;
    show({ sold_from: reversed ? to : from, sold_to: reversed ? from : to });
  };
  return (
    <>
      <form key={`${filters.sold_from} ${filters.sold_to}`} className={classes.range} onSubmit={submit}>
        <label htmlFor={first}>
          <Trans>First day</Trans>
        </label>
        <label htmlFor={last}>
          <Trans>Last day</Trans>
        </label>
        <span />
        <input id={first} name="first" type="date" className="field" defaultValue={filters.sold_from} />
        <input id={last} name="last" type="date" className="field" defaultValue={filters.sold_to} />
        <button type="submit" className="button">
          <Trans>Set</Trans>
        </button>
      </form>
      <p className="buttons" style={{ paddingTop: 10 }}>
        <button
          type="button"
          className="button small"
          onClick={() => show({ sold_from: undefined, sold_to: undefined })}
        >
          <Trans>Any time</Trans>
        </button>
        {covered?.from && covered.to && (
          <button
            type="button"
            className="button small"
            onClick={() => show({ sold_from: covered.from ?? undefined, sold_to: covered.to ?? undefined })}
          >
            <Trans>The covered period</Trans>
          </button>
        )}
        {year && (
          <button
            type="button"
            className="button small"
            onClick={() => show({ sold_from: `${year}-01-01`, sold_to: `${year}-12-31` })}
          >
            {format.span(`${year}-01-01`, `${year}-12-31`)}
          </button>
        )}
      </p>
    </>
  );
}

interface FlagChoiceProps {
  flag: Flag;
  /** The sales with 0 and with 1, where they are known. */
  bins?: { from: number; sales: number }[] | undefined;
}

/** All sales, those with the flag or those without. */
export function FlagChoice({ flag, bins }: FlagChoiceProps) {
  const { t } = useLingui();
  const { filters, format, show } = usePage();
  const texts = useFlags()[flag];
  const name = useId();
  const choices = [
    [undefined, t`All`],
    [1, texts.yes],
    [0, texts.no],
  ] as const;
  return (
    <ul className={classes.checks}>
      {choices.map(([value, label]) => (
        <li key={label}>
          <label>
            <input
              type="radio"
              name={name}
              checked={filters[flag] === value}
              onChange={() => show({ [flag]: value })}
            />
            <span>{label}</span>
            {bins && value !== undefined && (
              <span className="muted">{format.count(bins.find(({ from }) => from === value)?.sales ?? 0)}</span>
            )}
          </label>
        </li>
      ))}
    </ul>
  );
}

/** Whether sales are counted that figures usually leave out. */
export function StandardChoice() {
  const { t } = useLingui();
  const { filters, show } = usePage();
  const name = useId();
  const choices = [
    ['true', t`Standard sales`],
    ['false', t`Those left out`],
    ['all', t`Both`],
  ] as const;
  return (
    <ul className={classes.checks}>
      {choices.map(([value, label]) => (
        <li key={value}>
          <label>
            <input
              type="radio"
              name={name}
              checked={(filters.standard ?? 'true') === value}
              onChange={() => show({ standard: value === 'true' ? undefined : value, reason: undefined })}
            />
            <span>{label}</span>
          </label>
        </li>
      ))}
    </ul>
  );
}
