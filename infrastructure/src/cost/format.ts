import type { Configuration } from '../configuration.ts';
import type { Position } from './bill.ts';
import { prices } from './prices.ts';
import type { Usage } from './usage.ts';

const dollars = (amount: number) => amount.toFixed(2);

/** Without the hash that makes a logical id unique. */
const readable = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

/** A bill as text: resource by resource, the dearest first, with what it rests on. */
export function formatBill({ stageName, entry }: Configuration, usage: Usage, bill: Position[]): string {
  const byResource = Object.entries(Object.groupBy(bill, ({ resource }) => resource))
    .map(([resource, positions = []]) => ({ resource, positions, amount: sum(positions) }))
    .sort((a, b) => b.amount - a.amount);
  const lines = byResource.flatMap(({ resource, positions, amount }) => [
    `${dollars(amount).padStart(9)}  ${readable(resource)}`,
    ...positions.map(
      ({ what, quantity, price, amount }) =>
        `${' '.repeat(13)}${quantity.toLocaleString('en', { maximumFractionDigits: 2 })} ${what} at $${Number(price.toPrecision(4))}: ${dollars(amount)}`,
    ),
  ]);
  const assumed = Object.entries(usage).map(([name, value]) => `${name} ${value.toLocaleString('en')}`);
  return [
    `The stage "${stageName}" (entry: ${entry.kind}), US dollars a month of 730 hours in ${prices.region}`,
    `List prices as known on ${prices.asOf}, without free tiers, discounts and taxes: check them before you rely on the sum.`,
    `Usage: ${assumed.join(', ')}`,
    '',
    ...lines,
    '',
    `${dollars(sum(bill)).padStart(9)}  in all`,
  ].join('\n');
}

/** In US dollars. */
export function sum(positions: Position[]): number {
  return positions.reduce((total, { amount }) => total + amount, 0);
}
