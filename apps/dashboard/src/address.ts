/** The address determines what the page shows, so that a link shows everyone the same. Its parameters have the names of the API. */

export const intervals = ['month', 'quarter', 'year'] as const;
export const levels = ['region', 'locality', 'postcode_prefix', 'postcode'] as const;
const standards = ['true', 'false', 'all'] as const;
const orders = ['asc', 'desc'] as const;
export const saleSorts = ['contract_date', 'price', 'address', 'land_area', 'floor_area'] as const;
const areaSorts = ['sales', 'median', 'change', 'change_over_three_years', 'change_over_five_years'] as const;
/** The attributes of a dwelling that are columns. */
const attributes = [
  'bedrooms',
  'bathrooms',
  'car_spaces',
  'land_area',
  'floor_area',
  'storey',
  'year_built',
  'lease_start',
  'lease_remaining',
  'grade',
  'new_build',
  'year_renovated',
  'condition',
  'waterfront',
  'tenure',
  'flat_model',
  'zoning',
] as const;
const places = ['locality', 'region', 'postcode', 'type'] as const;
export const saleColumns = [
  'contract_date',
  'settlement_date',
  'address',
  ...places,
  ...attributes,
  'approximate',
  'non_standard',
  'price',
] as const;
/** Members of a sale that its source may leave out. */
const statable = [
  'contract_date',
  'settlement_date',
  'street',
  ...places,
  ...attributes,
  'latitude',
  'longitude',
] as const;
export const scales = ['price', 'index'] as const;
export const summaryGroups = ['region', 'type', 'locality'] as const;
const reportLanguages = ['en', 'de'] as const;
export const papers = ['a4', 'letter'] as const;
export const indexMethods = [
  'hedonic',
  'rolling_hedonic',
  'stratified_median',
  'median',
  'mean',
  'repeat_sales',
  'case_shiller',
  'arithmetic_repeat_sales',
] as const;

export type Interval = (typeof intervals)[number];
export type Level = (typeof levels)[number];
export type IndexMethod = (typeof indexMethods)[number];
export type SaleColumn = (typeof saleColumns)[number];

type Reader<T> = (values: string[]) => T | undefined;

const text: Reader<string> = ([value]) => value || undefined;
const texts: Reader<string[]> = (values) => (values.length > 0 ? values.filter(Boolean) : undefined);
const textsOf =
  <T extends string>(values: readonly T[]): Reader<T[]> =>
  (given) => {
    const known = values.filter((value) => given.includes(value));
    return known.length > 0 ? known : undefined;
  };
const number: Reader<number> = ([value]) => (value && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);
const numbers: Reader<number[]> = (values) => {
  const read = values.flatMap((value) => number([value]) ?? []);
  return read.length > 0 ? read : undefined;
};
const signed: Reader<number> = ([value]) => (value && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);
/** A day of the calendar: formatting another one would fail. */
const day: Reader<string> = ([value]) =>
  value && /^\d{4}-\d\d-\d\d$/.test(value) && new Date(value).toJSON()?.startsWith(value) ? value : undefined;
const oneOf =
  <T extends string>(values: readonly T[]): Reader<T> =>
  ([value]) =>
    values.find((each) => each === value);

/** The filters of questions. */
const filters = {
  market: text,
  region: texts,
  locality: texts,
  postcode: texts,
  type: texts,
  bedrooms_min: number,
  bedrooms_max: number,
  price_min: number,
  price_max: number,
  land_area_min: number,
  land_area_max: number,
  floor_area_min: number,
  floor_area_max: number,
  storey_min: signed,
  storey_max: signed,
  year_built_min: number,
  year_built_max: number,
  lease_start_min: number,
  lease_start_max: number,
  lease_remaining_min: number,
  lease_remaining_max: number,
  grade_min: number,
  grade_max: number,
  new_build: number,
  year_renovated_min: number,
  year_renovated_max: number,
  condition_min: number,
  condition_max: number,
  waterfront: number,
  tenure: texts,
  flat_model: texts,
  zoning: texts,
  sold_from: day,
  sold_to: day,
  within: text,
  standard: oneOf(standards),
  reason: texts,
  not_stated: textsOf(statable),
  as_of: number,
};

/** What else the views show. */
const settings = {
  interval: oneOf(intervals),
  level: oneOf(levels),
  /** The order of the list of areas. */
  sort: oneOf(areaSorts),
  order: oneOf(orders),
  /** The areas that are compared. */
  area: texts,
  scale: oneOf(scales),
  /** The methods that the chart of the price index shows. */
  method: textsOf(indexMethods),
  /** A day of the period whose index is 100. */
  base: day,
  /** The order of the sales in Explore. */
  list: oneOf(saleSorts),
  direction: oneOf(orders),
  /** The columns of the sales in Explore. */
  column: textsOf(saleColumns),
  /** The id of the import that Data follows. */
  load: text,
  /** The dwelling that is valued, as a query. */
  subject: text,
  /** The comparable whose steps are drawn. */
  rank: number,
  /** Ids of sales that the reader leaves out of the comparables, and of those that are added. */
  exclude: numbers,
  include: numbers,
  /** The id of the property that is shown. */
  property: number,
  /** The name of the report. */
  report: text,
  /** What the property summary is by. */
  by: oneOf(summaryGroups),
  language: oneOf(reportLanguages),
  paper: oneOf(papers),
  /** The commentary of the report, in Markdown. */
  commentary: text,
  /** Whether charts of the report show the notes of the market. */
  notes: oneOf(['true'] as const),
  /** The edition of a custom report. */
  edition: number,
  /** The filters of the sales in the drawer, as a query; the drawer is closed without it. */
  rows: text,
};

const readers = { ...filters, ...settings };

type Read<T extends Record<string, Reader<unknown>>> = { [K in keyof T]?: Exclude<ReturnType<T[K]>, undefined> };
export type Filters = Read<typeof filters>;
export type Address = Filters & Read<typeof settings>;

function readWith<T extends Record<string, Reader<unknown>>>(those: T, query: URLSearchParams): Read<T> {
  const read = Object.entries(those).map(([name, reader]) => [name, reader(query.getAll(name))]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined)) as Read<T>;
}

/** Reads the query of an address. Missing and invalid parameters are left out. */
export const readAddress = (query: string): Address => readWith(readers, new URLSearchParams(query));

/** Writes `{type: ['House', 'Unit']}` as `type=House&type=Unit`. */
export function writeQuery(values: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one));
  }
  return query.toString();
}

/** The filters of an address. A list without values is left out, so that equal questions have equal keys. */
export function filtersOf(address: Address): Filters {
  const kept = Object.entries(address).filter(
    ([name, value]) => name in filters && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as Filters;
}

/** The filters for one type of dwelling; unchanged for sales that state none, which no filter selects. */
export const withType = (filters: Filters, type: string | null): Filters =>
  type === null ? filters : { ...filters, type: [type] };

/** What the drawer shows: the sales that filters match, or the pairs of such sales in a period of an index. */
const rowsReaders = { ...filters, pairs: oneOf(intervals), in: day };
export type Rows = Read<typeof rowsReaders>;

export const readRows = (rows: string): Rows => readWith(rowsReaders, new URLSearchParams(rows));

/** The filters other than the market and the version. */
export const isFiltered = (address: Address): boolean =>
  Object.keys(filtersOf(address)).some((name) => name !== 'market' && name !== 'as_of');

/** Settings that are about the sales of one market. */
const ofOneMarket = ['rows', 'area', 'base', 'subject', 'rank', 'exclude', 'include', 'property', 'load'];

/** Everything that another market or a cleared filter starts without. */
export function withoutFilters(address: Address): Address {
  return Object.fromEntries(
    Object.entries(address).filter(([name]) => !(name in filters) && !ofOneMarket.includes(name)),
  );
}

/** What an address changes to value another dwelling. */
export const toValue = (subject: string | undefined): Address =>
  ({ subject, rank: undefined, exclude: undefined, include: undefined }) as Address;

/** What carries over from one view to another: the filters and settings, not what is open. */
export const carriedOver = ({ rows: _, ...address }: Address): Address => address;

/** The filter for areas of a level; beginnings of postcodes select all of them. */
export const filterNameOf = (level: Level) => (level === 'postcode_prefix' ? 'postcode' : level);

/** The filter for an area of a level. */
export function filterOfArea(level: Level, area: string, region: string | null): Filters {
  return { [filterNameOf(level)]: [area], ...(region !== null && level === 'locality' && { region: [region] }) };
}
