/** Completes how the prices of a field are read: their scale, currency, and words that stand for none. */
import { minFitting } from './columns.ts';
import { completeNumber } from './complete-numbers.ts';
import { columnsOf, type Source } from './mapping.ts';
import { type Open, question } from './questions.ts';
import { type Cell, moneyUnitNamed, readMoney } from './readings.ts';
import type { Context, FieldValues } from './resolution.ts';

/** From this amount on, amounts are hardly in thousands or millions. */
const minUnscaled = 100_000;
/** Below this amount, prices of homes are hardly in whole units of a currency. */
const minWhole = 1_000;

/** How the prices of a field are read: the scale that the heading states, the currency, and the decimal mark. */
export function completeMoney(values: FieldValues, context: Context): Partial<Source> {
  const { name, source, cells, columns, column } = values;
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
      notes.push({ code: 'low_prices', columns, median: middle });
    } else if (scale !== 1 && middle >= minUnscaled) {
      const remedy = `give price_scale: ${scale}, or 1 if they are not scaled, in the mapping`;
      const open: Open = { code: 'price_scale', columns, scale, median: middle };
      questions.push(question('price_scale', open, ['1', String(scale)], remedy));
    }
  }
  if (scale !== 1) {
    const origin = statedScale === undefined ? 'the name of the column' : 'the mapping';
    evidence.push({ member, text: `${column}: multiplied by ${scale} as ${origin} states` });
  }
  const stated = source.currency ?? mapping.currency;
  const currency = market?.currency ?? stated;
  if (stated && currency && stated !== currency) {
    const remedy = `import them into a market with the currency ${stated}`;
    questions.push(question('currency', { code: 'currency_of_mapping', stated, currency }, [currency], remedy));
  } else if (!stated && currency && unit?.currencies && !unit.currencies.includes(currency)) {
    const remedy = `import the file into a market with that currency, or give currency: "${currency}" in the mapping if the prices are in it`;
    questions.push(question('currency', { code: 'currency_of_heading', columns, currency }, [currency], remedy));
  }
  return { ...completed, ...(scale !== 1 && { scale }), ...(currency && { currency }) };
}

/** Words that may stand for no price, which the proposal reads as 0 if the client agrees. */
function completeWords(
  { name, source, cells, columns }: FieldValues,
  { mapping, questions }: Context,
): Partial<Source> {
  const words = cells.filter((cell) => !isAmount(cell));
  if (mapping.fields || words.length <= (1 - minFitting) * cells.length) return {};
  const values = Object.fromEntries([...new Set(words)].slice(0, 20).map((word) => [word, '0']));
  const open: Open = {
    code: 'unreadable_values',
    field: 'price',
    columns,
    values: words.length,
    of: cells.length,
    examples: Object.keys(values).slice(0, 3),
  };
  const remedy = `if they stand for no price, give the mapping of the preview, in which fields.${name} is ${JSON.stringify({ ...source, values })}`;
  questions.push(question(`fields.${name}`, open, [], remedy));
  return { values };
}

/** Whether a cell is an amount of money with either decimal mark. */
export function isAmount(cell: Cell): boolean {
  return typeof cell === 'number' || !(Number.isNaN(readMoney(cell)['.']) && Number.isNaN(readMoney(cell)[',']));
}
