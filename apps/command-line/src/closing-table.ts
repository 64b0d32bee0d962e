import type { ImportState } from './api.ts';

const format = new Intl.NumberFormat('en-AU').format;

/** The result of an ended import: a headline, the counts of rows, and where to find the rejected rows. */
export function closingTable(state: ImportState, market: string, seconds: number, url: string): string {
  const reasons = Object.entries(state.rejected_by_reason).sort(([, a], [, b]) => b - a);
  const rows: [string, number][] = [['read', state.rows_read]];
  if (state.state === 'finished') {
    rows.push(['accepted', state.accepted], ['duplicate', state.duplicate], ['superseding', state.superseding]);
    rows.push(['superseded', state.superseded]);
    if (state.deleted > 0) rows.push(['deleted', state.deleted]);
    if (state.retired > 0) rows.push(['retired', state.retired]);
  }
  rows.push(
    ['rejected', state.rejected],
    ...reasons.map(([reason, count]): [string, number] => [`  ${reason}`, count]),
  );
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const countWidth = Math.max(...rows.map(([, count]) => format(count).length));
  const table = rows.map(([name, count]) => `${name.padEnd(nameWidth)}  ${format(count).padStart(countWidth)}`);
  const rejects = state.rejected > 0 ? [`The rejected rows: ${url}/api/imports/${state.id}/rejects`] : [];
  return [headline(state, market, seconds), '', ...table, '', ...state.notes, ...rejects].join('\n');
}

function headline({ state, changed, error }: ImportState, market: string, seconds: number): string {
  const time = `${seconds.toFixed(1)} s`;
  if (state === 'cancelled') return `Cancelled after ${time}; nothing was written.`;
  if (state === 'failed') return `Failed after ${time}: ${error}`;
  return changed
    ? `Imported into the market "${market}" in ${time}.`
    : `Nothing changed: the market "${market}" already contained every sale. It took ${time}.`;
}
