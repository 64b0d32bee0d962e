import type { Configuration } from '../configuration.ts';
import { METRICS_POSITION, type Position } from './bill.ts';
import { prices } from './prices.ts';
import type { Usage } from './usage.ts';

const dollars = (amount: number) => amount.toFixed(2);

/** Without the hash that makes a logical id unique. */
const readable = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

/** A bill as text: by resource, the most expensive first, with the usage that it assumes. */
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
    `List prices as known on ${prices.asOf}, without discounts, taxes and free tiers except that of CloudFront: check them before you rely on the sum.`,
    `Usage: ${assumed.join(', ')}`,
    '',
    ...lines,
    '',
    `${dollars(sum(bill)).padStart(9)}  in all`,
  ].join('\n');
}

/** The rows of the table with the logical ids that belong to each. */
const rows: [string, RegExp][] = [
  ['database', /^Database/],
  ['tasks', /^(Analytical|Reporting)Service/],
  ['NAT, or interface endpoints', /^NetworkVpc/],
  ['load balancer, CloudFront, traffic', /^(LoadBalancer|Distribution)/],
  ['firewall', /^WebAcl/],
];

/** The row of everything else. */
const lastRow = 'dashboards, alarms, metrics, logs, the rest';

/** Several bills as the columns of a Markdown table, in whole dollars. */
export function formatTable(bills: Record<string, Position[]>): string {
  const rowOf = ({ resource, what }: Position) =>
    (what === METRICS_POSITION ? undefined : rows.find(([, pattern]) => pattern.test(resource))?.[0]) ?? lastRow;
  const whole = (positions: Position[]) => `$${Math.round(sum(positions))}`;
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const inRow = (row: string) =>
    line([row, ...Object.values(bills).map((bill) => whole(bill.filter((position) => rowOf(position) === row)))]);
  return [
    line(['', ...Object.keys(bills)]).replace('|  |', '| |'),
    `|${'---|'.repeat(Object.keys(bills).length + 1)}`,
    ...rows.map(([row]) => inRow(row)),
    inRow(lastRow),
    line(['in all', ...Object.values(bills).map(whole)]),
  ].join('\n');
}

/** In US dollars. */
export function sum(positions: Position[]): number {
  return positions.reduce((total, { amount }) => total + amount, 0);
}
