/** Completes how the prices of a field are read: their scale, currency, and words that stand for none. */
import { minFitting } from './columns.ts';
import { completeNumber } from './complete-numbers.ts';
import { columnsOf, type Source } from './mapping.ts';
import { type Cell, moneyUnitNamed, readMoney } from './readings.ts';
import type { Context, FieldValues } from './resolution.ts';

/** From this amount on, amounts are hardly in thousands or millions. */
const minUnscaled = 100_000;
/** Below this amount, prices of homes are hardly in whole units of a currency. */
const minWhole = 1_000;

/** How the prices of a field are read: the scale that the heading states, the currency, and the decimal mark. */
export function completeMoney(values: FieldValues, context: Context): Partial<Source> {
  const { name, source, cells, column } = values;
  const { mapping, market, evidence, questions, notes } = context;
  const member = `fields.${name}`;
  const headings = columnsOf(source).filter((one) => typeof one === 'string');
  const unit = headings.map(moneyUnitNamed).find((unit) => unit.scale !== 1 || unit.currencies);
  const statedScale = source.scale ?? mapping.price_scale;
  const scale = statedScale ?? unit?.scale ?? 1;
  const completed = { ...completeNumber(values, context, scale), ...completeWords(values, context) };
  if (statedScale === undefined) {
    const amounts = cells
      .flatMap((cell) => (typeof cell === 'number' ? cell : (readMoney(cell)[completed.decimal ?? '.'] ?? [])))
      .filter((amount) => amount > 0)
      .sort((a, b) => a - b);
    const middle = amounts[Math.floor(amounts.length / 2)] ?? 0;
    if (scale === 1 && amounts.length > 0 && middle < minWhole) {
      notes.push(
        `${column}: half of the prices are ${middle} and less; give price_scale in the mapping if they are in thousands or millions`,
      );
    } else if (scale !== 1 && middle >= minUnscaled) {
      questions.push({
        member: 'price_scale',
        text: `the heading of ${column} states amounts in units of ${scale}, but half of them are ${middle} and more; give price_scale: ${scale}, or 1 if they are not scaled, in the mapping`,
        choices: ['1', String(scale)],
      });
    }
  }
  if (scale !== 1) {
    const origin = statedScale === undefined ? 'the name of the column' : 'the mapping';
    evidence.push({ member, text: `${column}: multiplied by ${scale} as ${origin} states` });
  }
  const stated = source.currency ?? mapping.currency;
  const currency = market?.currency ?? stated;
  if (stated && currency && stated !== currency) {
    questions.push({
      member: 'currency',
      text: `the mapping states prices in ${stated}, but the prices of the market are in ${currency}; import them into a market with the currency ${stated}`,
      choices: [currency],
    });
  } else if (!stated && currency && unit?.currencies && !unit.currencies.includes(currency)) {
    questions.push({
      member: 'currency',
      text: `the heading of ${column} states another currency than ${currency}, that of the market; import the file into a market with that currency, or give currency: "${currency}" in the mapping if the prices are in it`,
      choices: [currency],
    });
  }
  return { ...completed, ...(scale !== 1 && { scale }), ...(currency && { currency }) };
}

/** Words that may stand for no price, which the proposal reads as 0 if the client agrees. */
function completeWords({ name, source, cells, column }: FieldValues, { mapping, questions }: Context): Partial<Source> {
  const words = cells.filter((cell) => !isAmount(cell));
  if (mapping.fields || words.length <= (1 - minFitting) * cells.length) return {};
  const values = Object.fromEntries([...new Set(words)].slice(0, 20).map((word) => [word, '0']));
  const examples = Object.keys(values).slice(0, 3);
  questions.push({
    member: `fields.${name}`,
    text: `${column} has the name of the prices, but ${words.length} of its first ${cells.length} values are none, such as ${examples.map((word) => `"${word}"`).join(', ')}; if they stand for no price, give the mapping of the preview, in which fields.${name} is ${JSON.stringify({ ...source, values })}`,
    choices: [],
  });
  return { values };
}

/** Whether a cell is an amount of money with either decimal mark. */
export function isAmount(cell: Cell): boolean {
  return typeof cell === 'number' || !(Number.isNaN(readMoney(cell)['.']) && Number.isNaN(readMoney(cell)[',']));
}
