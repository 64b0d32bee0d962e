/** The valuation of a market: its price model and its calibration. Computed once for the same sales. */
import type { Connection, Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { type Market, ofVersion } from '../market.ts';
import { monthOf, periodOfDay, startOf } from '../price-index/timeline.ts';

import { lastDay } from '../statistics.ts';
import { atTime, blendCalibrations, blendModels } from './blend.ts';
import { type Calibration, calibrate, holdOut } from './calibrate.ts';
import { comparableYears, indexYears, type PriceModel } from './price-model.ts';
import { priceModels } from './price-models.ts';
import { readSubject, type Subject, type SubjectParameters } from './subject.ts';

export interface MarketValuation {
  model: PriceModel;
  /** null if there are too few sales to hold some out. */
  calibration: Calibration | null;
}

/** The maximum number of days from the last sale to a valuation day. Later, the market says nothing about prices. */
const maxDaysAfter = 366;

/**
 * The valuation day; by default the day after the market's last sale.
 * @throws InvalidQuestion for a day too long after the last sale
 */
export async function valuedOn(db: Connection, market: Market, given: string | undefined): Promise<string> {
  const last = await lastDay(db);
  if (last === null) throw new InvalidQuestion('market', `${market.name} has no sales to compare with.`);
  const latest = dayAfter(last, maxDaysAfter);
  if (given !== undefined && given > latest) {
    throw new InvalidQuestion(
      'valued_on',
      `valued_on (${given}) is too long after the last sale of ${market.name}, on ${last}; at the latest it can be ${latest}.`,
    );
  }
  return given ?? dayAfter(last, 1);
}

/** SQL condition for the sales that a valuation on a day may use. */
export function salesBefore(day: string): { where: string; values: Values } {
  return {
    where: `is_standard AND price > 0 AND contract_date < $before::DATE
      AND contract_date >= $before::DATE - INTERVAL ${indexYears} YEAR`,
    values: { before: day },
  };
}

/**
 * The valuation on a day, from the sales before its month. If there are none, from the sales before the day.
 * @throws InvalidQuestion if there are no sales before it
 */
export async function marketValuation(db: Connection, market: Market, day: string): Promise<MarketValuation> {
  const { identity, current, previous } = await valuations(db, market, day);
  const [before, ofMonth] = [Number(day.slice(8)) - 1, daysOfMonth(day)];
  const share = before / ofMonth;
  const now = { ...current, model: atTime(current.model, share - 0.5) };
  if (!previous) return now;
  return db.memo.get(`${identity} ${day}`, async () => ({
    model: blendModels(atTime(previous.model, share + 0.5), now.model, share),
    calibration:
      previous.calibration && current.calibration
        ? blendCalibrations(previous.calibration, current.calibration, share)
        : current.calibration,
  }));
}

interface Valuations {
  current: MarketValuation;
  /** From the sales before the month before; null if there are none. */
  previous: MarketValuation | null;
}

async function valuations(db: Connection, market: Market, day: string): Promise<Valuations & { identity: string }> {
  const { first } = await ofVersion(db, 'first standard sale', () =>
    db.row<{ first: string | null }>('SELECT min(contract_date) AS first FROM sale WHERE is_standard AND price > 0'),
  );
  if (first === null || first >= day) {
    throw new InvalidQuestion('valued_on', `${market.name} has no sale before ${day}; its first is of ${first}.`);
  }
  const month = `${day.slice(0, 7)}-01`;
  const until = first < month ? month : day;
  const { where, values } = salesBefore(until);
  const { identity } = await ofVersion(db, `sales before ${until}`, () => identityOf(db, where, values));
  const computed = await db.memo.get(identity, () => computeValuations(db, where, values, until));
  return { ...computed, identity };
}

async function computeValuations(db: Connection, where: string, values: Values, until: string): Promise<Valuations> {
  // Sales are not before the month itself only where the market has none before it.
  const month = monthOf(until) + (until.endsWith('-01') ? 0 : 1);
  const all = await Array.fromAsync(
    valuationsOfMonths(db, where, values, month - 1, month),
    ({ valuation }) => valuation,
  );
  return { current: all.at(-1) as MarketValuation, previous: all.at(-2) ?? null };
}

/**
 * The valuations of consecutive months, each from the sales before it, for its middle. They share models and held-out sales. A month that has no sales
 * before it has none.
 * @param from the first month, counted from the year 0
 * @param to the last month
 */
export async function* valuationsOfMonths(
  db: Connection,
  where: string,
  values: Values,
  from: number,
  to: number,
): AsyncGenerator<{ month: number; valuation: MarketValuation }> {
  const { recent } = await db.row<{ recent: number }>(
    `SELECT count(*) AS recent FROM sale WHERE ${where} AND contract_date >= $before::DATE - INTERVAL ${comparableYears} YEAR`,
    values,
  );
  const models = await priceModels(db, where, values, recent / comparableYears);
  const { timeline } = models;
  const first = Math.max(from, models.firstMonth + 1);
  const lastBefore = (month: number) =>
    Math.max(0, Math.min(periodOfDay(timeline, firstDay(month)), timeline.length) - 1);
  const held = await holdOut(db, where, values, models, lastBefore(first), lastBefore(to));
  const calibrations = new Map<number, Promise<Calibration | null>>();
  for (let month = first; month <= to; month++) {
    const last = lastBefore(month);
    const calibration = calibrations.get(last) ?? calibrate(db, held, timeline, last);
    calibrations.set(last, calibration);
    yield { month, valuation: { model: await models.before(month), calibration: await calibration } };
  }
}

/** The valuation as a preparation of the questions that need one. */
export const valuationPreparation = {
  name: 'the price model of the market',
  key: ({ valued_on: day }: { valued_on?: string }) => `valuation ${day?.slice(0, 7)}`,
  isCommon: ({ valued_on: day }: { valued_on?: string }) => day === undefined,
  check: async (db: Connection, parameters: SubjectParameters, market: Market): Promise<Subject> =>
    readSubject(db, parameters, market, await valuedOn(db, market, parameters.valued_on)),
  do: async (db: Connection, { valued_on: day }: { valued_on?: string }, market: Market): Promise<MarketValuation> =>
    marketValuation(db, market, await valuedOn(db, market, day)),
};

/** Identifies the sales that a valuation uses. A version that only adds sales of the current month needs no new valuation, which takes seconds for a million sales. */
async function identityOf(db: Connection, where: string, values: Values): Promise<{ identity: string }> {
  const sales = await db.row<object>(
    // Without a new id, only the placement of a sale can change, and whether it is standard, which is part of `where`.
    `SELECT (SELECT lineage FROM replica) AS lineage, count(*) AS sales, bit_xor(hash(id, latitude, longitude))::VARCHAR AS hashes
     FROM sale WHERE ${where}`,
    values,
  );
  return { identity: `valuation ${JSON.stringify([sales, values])}` };
}

/** @param month counted from the year 0 */
export function firstDay(month: number): string {
  return startOf({ interval: 'month', firstMonth: month, length: 1 }, 0);
}

function daysOfMonth(day: string): number {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate();
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
