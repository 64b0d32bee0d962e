import type { FilePreview, Preview } from './api.ts';

/** Of the sales' members, as many as fit a terminal; the others are in the API's answer. */
const shownMembers = [
  'contract_date',
  'price',
  'type',
  'address',
  'locality',
  'region',
  'postcode',
  'bedrooms',
  'land_area',
];
const shownSales = 10;
const widest = 40;

const origins = {
  given: 'by the mapping given',
  remembered: 'by the mapping that the market remembers',
  proposed: 'by a mapping proposed from its columns and what they hold',
};

/** What files would bring, for people to read. */
export function previewText({ files, more_files, error }: Preview): string {
  const parts = files.map(fileText);
  if (more_files) parts.push('There are more files, which are not looked at.\n');
  if (error !== null) parts.push(`${error}\n`);
  return parts.join('\n');
}

function fileText({
  name,
  format,
  error,
  mapping,
  mapping_origin,
  evidence,
  notes,
  rows,
  sales,
  rejects,
}: FilePreview): string {
  const lines = [`${name} is read as ${format}${mapping_origin ? `, ${origins[mapping_origin]}` : ''}.`, ''];
  const width = Math.max(...evidence.map(({ member }) => member.length));
  for (const { member, text } of evidence) lines.push(`  ${member.padEnd(width)}  ${text}`);
  if (mapping) lines.push('', JSON.stringify(mapping, null, 2));
  const shown = sales.slice(0, shownSales);
  if (shown.length > 0) lines.push('', `The first of ${rows} rows looked at:`, '', ...table(shown));
  if (rejects.length > 0) lines.push('', ...rejects.slice(0, shownSales).map(({ message }) => message));
  if (notes.length > 0) lines.push('', ...notes);
  if (error !== null) lines.push('', `An import would fail: ${error}`);
  return `${lines.join('\n')}\n`;
}

function table(sales: Record<string, unknown>[]): string[] {
  const members = shownMembers.filter((member) => sales.some((sale) => sale[member] !== null));
  const rows = [members, ...sales.map((sale) => members.map((member) => String(sale[member] ?? '').slice(0, widest)))];
  const widths = members.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
}
