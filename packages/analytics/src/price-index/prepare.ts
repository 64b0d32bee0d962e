/** The methods of a price index that the sales have data for, and the base period that they have in common. */
import { InvalidQuestion } from '../errors.ts';
import type { Market } from '../market.ts';
import { defaultMethod } from './choice.ts';
import { wellFilled } from './filled.ts';
import { type MethodName, methodNames, methods, type Options, type Prepared } from './methods.ts';
import { MissingData } from './missing-data.ts';
import type { Sales } from './sales.ts';
import { monthsIn, periodOfDay, startOf } from './timeline.ts';

/** The requested methods. @throws InvalidQuestion, with those that are possible, if the sales have no data for one of them */
export async function prepareAll(
  names: MethodName[],
  sales: Sales,
  options: Options,
  market: Market,
): Promise<Map<MethodName, Prepared>> {
  const prepared = new Map<MethodName, Prepared>();
  for (const name of new Set(names)) prepared.set(name, await prepare(name, sales, options, market));
  return prepared;
}

/** The method preferred for the market, or the stratified median if the sales have no data for it. */
export async function prepareDefault(
  preferred: MethodName,
  sales: Sales,
  options: Options,
): Promise<Map<MethodName, Prepared>> {
  const found = await methods[preferred].prepare(sales, options).catch(unlessMissing);
  return new Map<MethodName, Prepared>([
    found ? [preferred, found] : [defaultMethod, await methods[defaultMethod].prepare(sales, options)],
  ]);
}

/** Adds every other method that has an index with the base. */
export async function addOthers(
  prepared: Map<MethodName, Prepared>,
  base: number,
  sales: Sales,
  options: Options,
): Promise<void> {
  for (const name of methodNames) {
    if (prepared.has(name)) continue;
    const found = await methods[name].prepare(sales, options).catch(unlessMissing);
    if (found?.connected.some((group) => group.includes(base))) prepared.set(name, found);
  }
}

/** @throws other errors than missing data */
function unlessMissing(error: unknown): undefined {
  if (!(error instanceof MissingData)) throw error;
}

async function prepare(name: MethodName, sales: Sales, options: Options, market: Market): Promise<Prepared> {
  try {
    return await methods[name].prepare(sales, options);
  } catch (error) {
    if (!(error instanceof MissingData)) throw error;
    const possible: string[] = [];
    for (const other of methodNames) {
      try {
        await methods[other].prepare(sales, options);
        possible.push(other);
      } catch (missing) {
        if (!(missing instanceof MissingData)) throw missing;
      }
    }
    throw new InvalidQuestion(
      'method',
      `There is no ${name} index of ${market.name} here, since ${error.message}; possible are ${possible.join(', ')}.`,
    );
  }
}

/**
 * The requested base period. By default it is the first well-filled one that every method can use: well filled with the sales or the pairs of each, or else with
 * sales.
 * @throws InvalidQuestion for a day whose period cannot be the base
 */
export function baseOf(
  day: string | undefined,
  prepared: Map<MethodName, Prepared>,
  { timeline, counts }: Sales,
): number {
  const yearly = 12 / monthsIn[timeline.interval];
  const all = [...prepared.values()];
  const [first, ...others] = all.map(({ connected }) => new Set(connected[0]));
  const common = [...(first ?? [])]
    .filter((period) => others.every((group) => group.has(period)))
    .sort((a, b) => a - b);
  const filledWithSales = wellFilled(counts, yearly);
  const filledWithAll = all.map(({ counts }) => wellFilled(counts, yearly)).concat([filledWithSales]);
  const earliest =
    common.find((period) => filledWithAll.every((filled) => filled[period])) ??
    common.find((period) => filledWithSales[period]) ??
    common[0];
  if (day === undefined) {
    if (earliest === undefined) {
      throw new InvalidQuestion(
        'method',
        `No period has an index by each of ${[...prepared.keys()].join(', ')}; ask for them one at a time.`,
      );
    }
    return earliest;
  }
  const base = periodOfDay(timeline, day);
  if (base < 0 || base >= timeline.length) {
    throw new InvalidQuestion(
      'base',
      `base (${day}) must be in a period with sales; they are from ${startOf(timeline, 0)} to ${startOf(timeline, timeline.length - 1)}, the first days of ${timeline.interval}s.`,
    );
  }
  for (const [name, { connected }] of prepared) {
    if (connected.some((group) => group.includes(base))) continue;
    const instead = earliest === undefined ? '' : ` The first that can is ${startOf(timeline, earliest)}.`;
    throw new InvalidQuestion(
      'base',
      `The ${timeline.interval} of ${startOf(timeline, base)} has no ${methods[name].unit} for ${name}, so that it cannot be its base.${instead}`,
    );
  }
  return base;
}
