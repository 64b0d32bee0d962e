/** The temporary table `incoming`, which collects the rows of an import by COPY before they are compared with the market. */

import type { Writable } from 'node:stream';
import { attributeNames } from '@property-insights/database';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { attributeMembers } from './formats/attributes.ts';
import type { Place, Sale } from './formats/format.ts';
import { blankSale } from './formats/values.ts';

/** The columns of `sale` that files fill, in the order of `copyLine`. */
export const saleColumns = [
  'key',
  'fingerprint',
  'issued_at',
  'contract_date',
  'settlement_date',
  'price',
  'type',
  'address',
  'street',
  'locality',
  'region',
  'postcode',
  ...attributeNames,
  'dealing',
  'non_standard',
  'details',
] as const;

/**
 * Creates the table, which is dropped at the end of the transaction. It has the columns of `sale`, the property's key, `number`, the position
 * of the row in the import, and `deletes`, whether the row deletes a sale. Rows without a property are places of gazetteers.
 */
export async function createIncoming(client: pg.ClientBase): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS
     SELECT 0::bigint AS number, ''::text AS property_key, false AS deletes, ${saleColumns.join(', ')} FROM sale WITH NO DATA`,
  );
}

/** A stream that writes lines of `copyLine` into the table. */
export function incomingStream(client: pg.ClientBase): Writable {
  return client.query(copyFrom('COPY incoming FROM STDIN'));
}

const members = attributeNames.map((name) => attributeMembers[name]);
/** By the number of null attributes in a row. Most are null, and each concatenation takes time. */
const nulls = [...members, ''].map((_, count) => '\t\\N'.repeat(count));

/** One row in the text format of COPY. Written by hand, because a large import spends most of its time in this loop. */
export function copyLine(number: number, sale: Omit<Sale, 'propertyKey'> & { propertyKey: string | null }): string {
  let attributes = '';
  let skipped = 0;
  for (const member of members) {
    const value = sale[member];
    if (value === null) {
      skipped++;
      continue;
    }
    attributes += `${nulls[skipped]}\t${typeof value === 'number' ? value : text(value)}`;
    skipped = 0;
  }
  attributes += nulls[skipped];
  return `${number}\t${text(sale.propertyKey)}\t${sale.deletes ? 't' : 'f'}\t${text(sale.key)}\t${sale.fingerprint}\t${text(sale.issuedAt)}\t${text(
    sale.contractDate,
  )}\t${text(sale.settlementDate)}\t${sale.price}\t${text(sale.type)}\t${text(sale.address)}\t${text(sale.street)}\t${text(
    sale.locality,
  )}\t${text(sale.region)}\t${text(sale.postcode)}${attributes}\t${text(
    sale.dealing,
  )}\t${text(sale.nonStandard)}\t${text(sale.details)}\n`;
}

const noSale = { ...blankSale, propertyKey: null, contractDate: null, price: 0, address: '', nonStandard: null };

/** One place as a line for COPY. */
export function placeLine(number: number, { name, ...place }: Place): string {
  return copyLine(number, { ...noSale, ...place, locality: name });
}

const special = /[\\\t\n\r]/;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function text(value: string | null): string {
  if (value === null) return '\\N';
  return special.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => escapes[character] as string) : value;
}
