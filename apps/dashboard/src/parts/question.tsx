import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { type Address, type Filters, isFiltered } from '../address.ts';
import { takeInHand, useRevisions } from '../api/queries.ts';
import type { Detail } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useMarketFacets } from './covered.ts';
import {
  endsOf,
  isCategory,
  isFlag,
  isRanged,
  useCategoryNames,
  useDetails,
  useFlags,
  useStatedCategories,
  useStatedDetails,
} from './details.ts';
import {
  CategoryChoice,
  DateRange,
  FlagChoice,
  NumberRange,
  PlaceChoice,
  StandardChoice,
  TypeChoice,
} from './editors.tsx';
import { Popover } from './popover.tsx';
import classes from './question.module.css';
import { type Clause, filtersOfWord, useClauses, type WordName } from './sentence.ts';

interface QuestionProps {
  /** The filters that the sentence states; by default those of the address. A view may state a default period. */
  filters?: Filters;
  /** What is known of the sales: counts, what is left out. */
  children?: ReactNode;
}

/** The question as the title of the view: a sentence whose underlined words are the filters. */
export function Question({ filters, children }: QuestionProps) {
  const { address, filters: chosen, market, format, show } = usePage();
  const { t } = useLingui();
  const clauses = useClauses(filters ?? chosen);
  const revisions = useRevisions(market?.code);
  const version = address.as_of ?? revisions.data?.[0]?.version;
  const written = revisions.data?.find((revision) => revision.version === version);
  /** A comma stays with the word before it. */
  const beginsWithComma = (i: number) => clauses[i - 1]?.after === '' && clauses[i]?.before.startsWith(',') === true;
  return (
    <div
      className={classes.question}
      onPointerDownCapture={() => takeInHand('/api/analytics/summary')}
      onKeyDownCapture={() => takeInHand('/api/analytics/summary')}
    >
      <h1 aria-label={clauses.map(({ before, word, after }) => before + word + after).join('')}>
        {clauses.map((clause, i) => (
          <span key={clause.name}>
            {beginsWithComma(i) ? clause.before.slice(1) : clause.before}
            <span className={classes.joined}>
              <Word clause={clause} filters={filters ?? chosen} />
              {beginsWithComma(i + 1) ? ',' : ''}
            </span>
            {clause.after}
          </span>
        ))}
      </h1>
      <div className={classes.meta}>
        {children}
        {version != null && (
          <span>
            {written ? (
              <Trans>
                data of {format.day(written.created_at)}, version {version}
              </Trans>
            ) : (
              <Trans>version {version}</Trans>
            )}
          </span>
        )}
        <Popover className={`${classes.more} screen`} label={<Trans>Add a filter</Trans>}>
          {() => <MoreFilters />}
        </Popover>
        {isFiltered(address) && (
          <button
            type="button"
            className={`${classes.more} screen`}
            aria-label={t`Clear all filters`}
            onClick={() =>
              show({
                ...(Object.fromEntries(Object.keys(chosen).map((name) => [name, undefined])) as Address),
                market: address.market,
                as_of: address.as_of,
              })
            }
          >
            <Trans>Clear</Trans>
          </button>
        )}
      </div>
    </div>
  );
}

function Word({ clause: { name, word }, filters }: { clause: Clause; filters: Filters }) {
  const { t } = useLingui();
  const details = useDetails();
  const flagTexts = useFlags();
  const names: Record<Exclude<WordName, Detail>, string> = {
    type: t`Type`,
    place: t`Place`,
    price: t`Price`,
    land: t`Land`,
    floor: t`Floor`,
    bedrooms: t`Bedrooms`,
    time: t`Signed`,
    standard: t`Standard or not`,
    not_stated: t`Not stated`,
    box: t`Part of the map`,
    ...useCategoryNames(),
  };
  const own = isRanged(name) ? details[name].name : isFlag(name) ? flagTexts[name].name : names[name];
  return (
    <Popover className={classes.word} label={word} name={`${own}: ${word}`}>
      {() => <Editor name={name} filters={filters} />}
    </Popover>
  );
}

function Editor({ name, filters }: { name: WordName; filters: Filters }) {
  const { t } = useLingui();
  const { show, market } = usePage();
  const details = useDetails();
  if (isRanged(name)) return <NumberRange {...endsOf(name)} unit={details[name].name} />;
  if (isCategory(name)) return <CategoryChoice category={name} />;
  switch (name) {
    case 'new_build':
    case 'waterfront':
      return <FlagChoice flag={name} />;
    case 'type':
      return <TypeChoice />;
    case 'place':
      return <PlaceChoice />;
    case 'price':
      return <NumberRange from="price_min" to="price_max" unit={market?.currency ?? ''} />;
    case 'land':
      return <NumberRange from="land_area_min" to="land_area_max" unit="m²" />;
    case 'floor':
      return <NumberRange from="floor_area_min" to="floor_area_max" unit="m²" />;
    case 'bedrooms':
      return <NumberRange from="bedrooms_min" to="bedrooms_max" unit={t`bedrooms`} />;
    case 'time':
      return <DateRange filters={filters} />;
    case 'standard':
      return <StandardChoice />;
    case 'box':
    case 'not_stated':
      return (
        <button
          type="button"
          className="button"
          onClick={() => show(Object.fromEntries(filtersOfWord[name].map((filter) => [filter, undefined])))}
        >
          {name === 'box' ? <Trans>Show the whole map</Trans> : <Trans>Show those that state it too</Trans>}
        </button>
      );
  }
}

/** The filters that the sentence does not state yet. Those that the market's sales cannot answer are not offered. */
function MoreFilters() {
  const { t } = useLingui();
  const { market } = usePage();
  const stated = useMarketFacets().data?.stated;
  const details = useDetails();
  const flagTexts = useFlags();
  const categoryNames = useCategoryNames();
  return (
    <div className={classes.filters}>
      <fieldset>
        <legend>
          <Trans>Price</Trans>
        </legend>
        <NumberRange from="price_min" to="price_max" unit={market?.currency ?? ''} />
      </fieldset>
      {stated?.land_area !== 0 && (
        <fieldset>
          <legend>
            <Trans>Land</Trans>
          </legend>
          <NumberRange from="land_area_min" to="land_area_max" unit="m²" />
        </fieldset>
      )}
      {stated?.floor_area !== 0 && (
        <fieldset>
          <legend>
            <Trans>Floor</Trans>
          </legend>
          <NumberRange from="floor_area_min" to="floor_area_max" unit="m²" />
        </fieldset>
      )}
      {stated?.bedrooms !== 0 && (
        <fieldset>
          <legend>
            <Trans>Bedrooms</Trans>
          </legend>
          <NumberRange from="bedrooms_min" to="bedrooms_max" unit={t`bedrooms`} />
        </fieldset>
      )}
      {useStatedDetails().map((name) => (
        <fieldset key={name}>
          <legend>{isFlag(name) ? flagTexts[name].name : details[name].name}</legend>
          {isFlag(name) ? <FlagChoice flag={name} /> : <NumberRange {...endsOf(name)} unit={details[name].name} />}
        </fieldset>
      ))}
      {useStatedCategories().map((name) => (
        <fieldset key={name}>
          <legend>{categoryNames[name]}</legend>
          <CategoryChoice category={name} />
        </fieldset>
      ))}
      <fieldset>
        <legend>
          <Trans>Standard or not</Trans>
        </legend>
        <StandardChoice />
      </fieldset>
    </div>
  );
}
