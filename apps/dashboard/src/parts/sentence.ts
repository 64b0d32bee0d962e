/** The sentence that says what a view or a list is about. */
import { useLingui } from '@lingui/react/macro';
import { type Filters, filtersOf } from '../address.ts';
import type { Detail } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { type Category, categories, endsOf, flags, ranged, useDetails, useFlags, useMemberNames } from './details.ts';
import { useKindNames } from './kinds.ts';

/** The parts of a question that a reader changes. */
export type WordName =
  | 'type'
  | 'place'
  | 'price'
  | 'land'
  | 'floor'
  | 'bedrooms'
  | 'time'
  | 'standard'
  | 'not_stated'
  | 'box'
  | Detail
  | Category;

export interface Clause {
  name: WordName;
  /** What stands before and after the word, with its spaces and comma. */
  before: string;
  word: string;
  after: string;
}

/** Where the word of a clause is, in its translated text. */
const here = '\u2060';

/** The question as clauses. A clause about something that is not filtered is left out, except type, place and time. */
export function useClauses(filters: Filters): Clause[] {
  const { t } = useLingui();
  const { market, format } = usePage();
  const kindName = useKindNames();
  const details = useDetails();
  const flagTexts = useFlags();
  const memberNames = useMemberNames();
  const clauses: Clause[] = [];
  const add = (name: WordName, text: string, word: string, separator = '') => {
    const [before = '', after = ''] = text.split(here);
    clauses.push({ name, before: separator + before, word, after });
  };
  const between = (low: string | undefined, high: string | undefined): string =>
    low && high ? t`${low} to ${high}` : low ? t`${low} or more` : t`${high} or less`;
  const range = (low: number | undefined, high: number | undefined, write: (value: number) => string) =>
    low === undefined && high === undefined
      ? undefined
      : between(low === undefined ? undefined : write(low), high === undefined ? undefined : write(high));

  const { type = [], region = [], locality = [], postcode = [] } = filters;
  const what =
    type.length > 0
      ? format.list(type.map((each, i) => kindName(each)[i === 0 ? 'many' : 'within']))
      : t`Every type of property`;
  add('type', here, what);
  const places = [...locality, ...postcode, ...region];
  const place = places.length > 0 ? format.list(places) : (market?.name ?? '…');
  add('place', t`in ${here}`, place, ' ');
  const bedrooms = range(filters.bedrooms_min, filters.bedrooms_max, format.count);
  if (bedrooms) add('bedrooms', t`with ${here} bedrooms`, bedrooms, ' ');
  const price = range(filters.price_min, filters.price_max, format.price);
  if (price) add('price', t`at ${here}`, price, ' ');
  const area = (low: number | undefined, high: number | undefined) =>
    // The unit is written once.
    range(low, high, (value) =>
      value === low && high !== undefined
        ? format.count(Math.round(format.fromSquareMetres(value)))
        : format.area(value),
    );
  const land = area(filters.land_area_min, filters.land_area_max);
  if (land) add('land', t`on ${here}`, land, ', ');
  const floor = area(filters.floor_area_min, filters.floor_area_max);
  if (floor) add('floor', t`of ${here} of floor`, floor, ', ');
  const detailTexts = {
    storey: t`on storey ${here}`,
    year_built: t`built ${here}`,
    lease_start: t`with a lease from ${here}`,
    lease_remaining: t`with ${here} years of lease left`,
    grade: t`of grade ${here}`,
    year_renovated: t`renovated ${here}`,
    condition: t`in condition ${here}`,
  };
  for (const name of ranged) {
    const { from, to } = endsOf(name);
    const values = range(filters[from], filters[to], details[name].write);
    if (values) add(name, detailTexts[name], values, ', ');
  }
  for (const name of flags) {
    const value = filters[name];
    if (value !== undefined) add(name, here, flagTexts[name][value === 1 ? 'only' : 'none'], ', ');
  }
  const categoryTexts = {
    tenure: t`with the tenure ${here}`,
    flat_model: t`of the model ${here}`,
    zoning: t`zoned ${here}`,
  };
  for (const name of categories) {
    const values = filters[name];
    if (values?.length) add(name, categoryTexts[name], format.list(values), ', ');
  }
  const { sold_from: from, sold_to: to } = filters;
  const time =
    format.span(from, to) ?? (from ? t`since ${format.day(from)}` : to ? t`until ${format.day(to)}` : t`at any time`);
  add('time', t`signed ${here}`, time, ', ');
  if (filters.not_stated?.length) {
    add('not_stated', t`without ${here}`, format.list(filters.not_stated.map((name) => memberNames[name])), ', ');
  }
  if (filters.within) add('box', t`in ${here}`, t`a part of the map`, ', ');
  if (filters.reason?.length) add('standard', t`left out for ${here}`, format.list(filters.reason), ', ');
  else if (filters.standard === 'false') add('standard', here, t`left out of figures`, ', ');
  else if (filters.standard === 'all') add('standard', here, t`standard or not`, ', ');
  return clauses;
}

/** The same as a text. */
export function useSentence(filters: Filters): string {
  return useClauses(filters)
    .map(({ before, word, after }) => before + word + after)
    .join('');
}

/** The filters that a word stands for, to be removed with it. */
export const filtersOfWord: Record<WordName, (keyof Filters)[]> = {
  type: ['type'],
  place: ['region', 'locality', 'postcode'],
  bedrooms: ['bedrooms_min', 'bedrooms_max'],
  price: ['price_min', 'price_max'],
  land: ['land_area_min', 'land_area_max'],
  floor: ['floor_area_min', 'floor_area_max'],
  time: ['sold_from', 'sold_to'],
  box: ['within'],
  storey: ['storey_min', 'storey_max'],
  year_built: ['year_built_min', 'year_built_max'],
  lease_start: ['lease_start_min', 'lease_start_max'],
  lease_remaining: ['lease_remaining_min', 'lease_remaining_max'],
  grade: ['grade_min', 'grade_max'],
  new_build: ['new_build'],
  year_renovated: ['year_renovated_min', 'year_renovated_max'],
  condition: ['condition_min', 'condition_max'],
  waterfront: ['waterfront'],
  tenure: ['tenure'],
  flat_model: ['flat_model'],
  zoning: ['zoning'],
  standard: ['standard', 'reason'],
  not_stated: ['not_stated'],
};

/** Filters without those of a word. */
export function without(filters: Filters, word: WordName): Filters {
  return filtersOf({ ...filters, ...Object.fromEntries(filtersOfWord[word].map((name) => [name, undefined])) });
}
