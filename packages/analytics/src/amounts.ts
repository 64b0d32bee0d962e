/** Numbers in answers whose schema states the unit, as `x-unit`. Clients and custom reports read it. */
import Type from 'typebox';

/** Amounts of money, in the currency of the market; and what `of` of the question measures. */
export type Unit = 'currency' | 'measure';

const inUnit = (unit: Unit, description?: string) => ({ 'x-unit': unit, ...(description && { description }) });

/** An amount of money. */
export const amount = (description?: string) => Type.Number(inUnit('currency', description));

/** An amount of money in whole units of the currency. */
export const wholeAmount = (description?: string) => Type.Integer(inUnit('currency', description));

/** An amount of money that is null if there are no sales for it. */
export const amountOrNull = (description?: string) =>
  Type.Union([Type.Number(), Type.Null()], inUnit('currency', description));

/** The same in whole units of the currency. */
export const wholeAmountOrNull = (description?: string) =>
  Type.Union([Type.Integer(), Type.Null()], inUnit('currency', description));

/** A value of the measure that the client chooses. */
export const measured = (description?: string) => Type.Number(inUnit('measure', description));

/** The same, null if no sale states it. */
export const measuredOrNull = (description?: string) =>
  Type.Union([Type.Number(), Type.Null()], inUnit('measure', description));
