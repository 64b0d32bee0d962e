/** One table of a document as CSV (RFC 4180), with raw values under the machine names of its columns. */
import { withMark } from '@property-insights/analytics';
import { stringify } from 'csv-stringify/sync';
import type { TableBlock } from '../document.ts';

export function csvOf({ columns, rows }: TableBlock): string {
  return stringify([columns.map(({ name }) => name), ...rows], {
    record_delimiter: 'windows',
    quoted_match: /^$|[\r\n]/,
    cast: { string: withMark },
  });
}
