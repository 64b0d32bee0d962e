/**
 * A synthetic Australian market in the project's CSV format, for demonstrations and benchmarks: realistic price levels, growth, seasons and spread,
 * properties that sell more than once, and some non-standard sales. The same options generate the same bytes on every machine.
 */
import { type Locality, localities } from './synthetic-localities.ts';

export interface SyntheticOptions {
  /** The number of sales. */
  sales: number;
  /** Another seed generates another market of the same kind. Defaults to 1. */
  seed?: number;
  /** The number of years up to the end of 2025. Defaults to 10. */
  years?: number;
}

const columns = [
  'contract_date',
  'settlement_date',
  'price',
  'type',
  'address',
  'street',
  'locality',
  'region',
  'postcode',
  'bedrooms',
  'bathrooms',
  'car_spaces',
  'land_area',
  'floor_area',
  'latitude',
  'longitude',
  'non_standard',
  'property_key',
  'sale_key',
];

const lastYear = 2025;
const pieceSize = 64 * 1024;

/**
 * The market as CSV text, in chunks of whole lines of about 64 kB, with the header first. Properties are in random order, each with its sales by date.
 * Memory does not grow with their number.
 */
export function* syntheticMarket({ sales, seed = 1, years = 10 }: SyntheticOptions): Generator<string> {
  const random = new Random(seed);
  const period = new Period(years);
  const places = new Places(random);
  let piece = `${columns.join(',')}\n`;
  let written = 0;
  for (let number = 1; written < sales; number++) {
    const property = makeProperty(number, places.draw(random), random);
    const dates = drawDates(property, period, random);
    for (let i = 0; i < dates.length && written < sales; i++, written++) {
      piece += saleLine(property, dates[i] as Day, i + 1, period, random);
    }
    if (piece.length >= pieceSize) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

/** The yearly price changes of each state from 2016 to 2025, in percent, roughly as they were. Earlier decades repeat them. */
const growth: Record<string, number[]> = {
  NSW: [12, 4, -8, -3, 3, 25, -10, 10, 5, 6],
  VIC: [12, 9, -6, -3, 2, 17, -6, 3, -2, 4],
  QLD: [4, 2, 0, -1, 4, 28, 0, 12, 12, 10],
  WA: [-3, -2, -3, -5, 5, 13, 4, 15, 20, 9],
  SA: [4, 4, 2, 0, 5, 24, 12, 9, 13, 7],
  TAS: [9, 14, 9, 4, 7, 28, -6, -1, 0, 4],
  ACT: [8, 5, 3, 2, 7, 25, -6, 1, 0, 3],
  NT: [-4, -6, -4, -6, 4, 12, 3, 1, 0, 12],
};
/** The share of each state in the country's sales. */
const shares: Record<string, number> = {
  NSW: 0.3,
  VIC: 0.26,
  QLD: 0.22,
  WA: 0.105,
  SA: 0.065,
  TAS: 0.022,
  ACT: 0.019,
  NT: 0.009,
};
/** The relative number of sales, by year as above, and by month from January. */
const activityByYear = [1, 0.98, 0.9, 0.86, 0.92, 1.25, 1.05, 0.95, 1, 1.03];
const activityByMonth = [0.66, 1, 1.1, 0.92, 1.05, 0.95, 0.9, 0.96, 1.04, 1.14, 1.2, 0.92];
/** Relative prices by month; they are slightly higher in spring and early autumn. */
const seasonOfPrices = [-0.006, 0, 0.005, 0.003, 0, -0.005, -0.007, -0.004, 0.002, 0.006, 0.007, 0];

interface Day {
  /** Days since the first of the period. */
  number: number;
  /** Months since the first of the period. */
  month: number;
}

/** The period of the sales: its calendar, and the price level of each month. */
class Period {
  readonly months: number;
  /** ISO dates, with half a year more for settlements. */
  readonly dates: string[] = [];
  /** For each month, its first day, and the cumulative share of sales up to its end. */
  readonly firstDays: number[] = [];
  readonly cumulative: number[] = [];
  /** By state: the logarithm of the price level of each month relative to the last. */
  readonly levels = new Map<string, number[]>();

  constructor(years: number) {
    const firstYear = lastYear - years + 1;
    this.months = years * 12;
    const first = Date.UTC(firstYear, 0, 1);
    const dayLength = 86_400_000;
    const days = (Date.UTC(lastYear + 1, 0, 1) - first) / dayLength;
    for (let day = 0; day < days + 183; day++) {
      this.dates.push(new Date(first + day * dayLength).toISOString().slice(0, 10));
    }
    let total = 0;
    for (let month = 0; month <= this.months; month++) {
      const year = firstYear + Math.floor(month / 12);
      this.firstDays.push((Date.UTC(year, month % 12, 1) - first) / dayLength);
      if (month < this.months) {
        total += (activityByYear[decadeYear(year)] as number) * (activityByMonth[month % 12] as number);
        this.cumulative.push(total);
      }
    }
    for (let month = 0; month < this.months; month++)
      this.cumulative[month] = (this.cumulative[month] as number) / total;
    for (const [state, rates] of Object.entries(growth)) {
      const levels = new Array<number>(this.months);
      let level = 0;
      for (let month = this.months - 1; month >= 0; month--) {
        levels[month] = level + (seasonOfPrices[month % 12] as number);
        const rate = rates[decadeYear(firstYear + Math.floor(month / 12))] as number;
        level -= Math.log1p(rate / 100) / 12;
      }
      this.levels.set(state, levels);
    }
  }

  draw(random: Random): Day {
    const month = indexIn(this.cumulative, random.next());
    const first = this.firstDays[month] as number;
    const length = (this.firstDays[month + 1] as number) - first;
    return { number: first + Math.floor(random.next() * length), month };
  }
}

/** The index of a year in the lists above, which begin with a year that ends in 6. */
function decadeYear(year: number): number {
  return (year + 4) % 10;
}

interface Place extends Locality {
  /** The yearly growth of its prices, minus that of its state. */
  drift: number;
  /** In m². */
  typicalLand: number;
}

class Places {
  readonly #places: Place[];
  readonly #cumulative: number[] = [];

  constructor(random: Random) {
    this.#places = localities.map((locality) => ({
      ...locality,
      drift: 0.006 * random.normal(),
      // Expensive and dense localities have small blocks.
      typicalLand: 650 * (700 / locality.level) ** 0.25 * (1 - locality.units / 250),
    }));
    const sizes = this.#places.map(() => Math.exp(0.5 * random.normal()));
    const ofState: Record<string, number> = {};
    for (const [i, { state }] of this.#places.entries()) ofState[state] = (ofState[state] ?? 0) + (sizes[i] as number);
    let total = 0;
    for (const [i, { state }] of this.#places.entries()) {
      total += ((sizes[i] as number) / (ofState[state] as number)) * (shares[state] as number);
      this.#cumulative.push(total);
    }
    for (let i = 0; i < this.#cumulative.length; i++) {
      this.#cumulative[i] = (this.#cumulative[i] as number) / total;
    }
  }

  draw(random: Random): Place {
    return this.#places[indexIn(this.#cumulative, random.next())] as Place;
  }
}

type DwellingType = 'House' | 'Unit' | 'Townhouse' | 'Land';

interface Property {
  number: number;
  place: Place;
  type: DwellingType;
  /** The part of the line that is the same for all its sales: `type` to `longitude`, without price and dates. */
  description: string;
  /** The logarithm of its price at the end of the period. */
  level: number;
}

const streetNames =
  'Acacia Albert Banksia Bay Beach Bridge Burke Cambridge Church Clarence Cook Crown Darling Edward Elizabeth Ferguson Flinders Forest George Gordon Grevillea Hill Hume Jacaranda James King Lake Macquarie Main Mary Mitchell Murray Nelson Ocean Oxford Park Phillip Pine Queen Railway Regent River Rose Smith Station Stuart Sturt Taylor Victoria Walker Waratah Wattle Wellington William Windsor York'.split(
    ' ',
  );
const streetTypes = ['St', 'St', 'St', 'St', 'Rd', 'Rd', 'Ave', 'Ave', 'Dr', 'Cres', 'Pl', 'Ct', 'Pde'];
/** Cumulative shares of 1, 2, … bedrooms. */
const bedroomShares: Record<Exclude<DwellingType, 'Land'>, number[]> = {
  House: [0, 0.07, 0.47, 0.87, 0.98, 1],
  Townhouse: [0, 0.25, 0.83, 1],
  Unit: [0.22, 0.8, 1],
};
/** The value of a dwelling of 1, 2, … bedrooms relative to a house of three, as logarithms. */
const bedroomWorth = [-0.62, -0.26, 0, 0.19, 0.34, 0.45];
const typeWorth: Record<DwellingType, number> = { House: 0, Townhouse: -0.22, Unit: -0.3, Land: -0.55 };

function makeProperty(number: number, place: Place, random: Random): Property {
  const type = drawType(place, random);
  const land = type === 'Unit' ? 0 : Math.round(landArea(place, type, random));
  let bedrooms = 0;
  let sizes = ',,,';
  let floor = '';
  if (type !== 'Land') {
    bedrooms = 1 + indexIn(bedroomShares[type], random.next());
    const bathrooms = Math.max(1, Math.min(4, Math.round(bedrooms * 0.55 + 0.5 * random.normal())));
    const carSpaces = Math.max(0, Math.round((type === 'Unit' ? 0.9 : 1.7) + 0.6 * random.normal()));
    sizes = `${bedrooms},${bathrooms},${carSpaces},`;
    floor = String(Math.round((28 + 33 * bedrooms + (type === 'House' ? 14 : 0)) * Math.exp(0.16 * random.normal())));
  }
  const street = `${streetNames[random.below(streetNames.length)]} ${streetTypes[random.below(streetTypes.length)]}`;
  const house = 1 + Math.floor(180 * random.next() ** 2);
  const unit = type === 'Unit' ? `${1 + random.below(60)}/` : '';
  const latitude = Math.round((place.latitude + 0.009 * random.normal()) * 1e5) / 1e5;
  const longitude = Math.round((place.longitude + 0.011 * random.normal()) * 1e5) / 1e5;
  return {
    number,
    place,
    type,
    description:
      `${type},"${unit}${house} ${street}, ${place.name}",${street},${place.name},${place.state},${place.postcode},` +
      `${sizes}${land || ''},${floor},${latitude},${longitude}`,
    level:
      Math.log(1000 * place.level) +
      typeWorth[type] +
      (bedrooms ? (bedroomWorth[bedrooms - 1] as number) : 0) +
      (land ? 0.2 * Math.log(land / place.typicalLand) : 0) +
      0.2 * random.normal(),
  };
}

function drawType({ units, level }: Place, random: Random): DwellingType {
  const drawn = 100 * random.next();
  if (drawn < units) return 'Unit';
  // Land is sold where towns grow, which is where houses are cheap.
  const land = level < 1_000 ? 0.1 : 0.02;
  const within = (drawn - units) / (100 - units);
  if (within < land) return 'Land';
  return within < land + 0.14 ? 'Townhouse' : 'House';
}

function landArea(place: Place, type: DwellingType, random: Random): number {
  const size = place.typicalLand * Math.exp(0.35 * random.normal());
  return type === 'Townhouse' ? size * 0.35 : size;
}

/** The days on which a property sold. Two of five sold more than once, at least eight months apart. */
function drawDates(property: Property, period: Period, random: Random): Day[] {
  const drawn = random.next();
  const count = property.type === 'Land' || drawn < 0.6 ? 1 : drawn < 0.87 ? 2 : drawn < 0.97 ? 3 : 4;
  const days = Array.from({ length: count }, () => period.draw(random)).sort((a, b) => a.number - b.number);
  return days.filter((day, i) => i === 0 || day.number - (days[i - 1] as Day).number >= 240);
}

function saleLine(property: Property, day: Day, count: number, period: Period, random: Random): string {
  const { number, place, description, type } = property;
  const yearsToEnd = (period.months - 1 - day.month) / 12;
  // The prices of units grew more slowly, so they were closer to those of houses before.
  const drift = place.drift - (type === 'Unit' ? 0.012 : 0);
  const level =
    property.level + ((period.levels.get(place.state) as number[])[day.month] as number) - drift * yearsToEnd;
  let price = Math.exp(level + 0.07 * random.normal());
  let nonStandard = '';
  const drawn = random.next();
  if (drawn < 0.007) {
    nonStandard = 'not at market value';
    price *= 0.25 + 0.5 * random.next();
  } else if (drawn < 0.012) {
    nonStandard = 'part interest';
    price *= 0.5;
  }
  const step = price < 1e6 ? 500 : price < 3e6 ? 5_000 : 10_000;
  const settled = day.number + 28 + random.below(64);
  return (
    `${period.dates[day.number]},${period.dates[settled]},${Math.max(1, Math.round(price / step)) * step},${description},` +
    `${nonStandard},${number},${number}-${count}\n`
  );
}

/** The first index whose cumulative share is above the number drawn. */
function indexIn(cumulative: readonly number[], drawn: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as number) > drawn) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Small Fast Counter of Chris Doty-Humphrey (PractRand), 32 bits: 128 bits of state, so 10 million sales do not come near its end. */
class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare: number | undefined;

  constructor(seed: number) {
    this.#a = 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** From 0 up to but not including 1. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
