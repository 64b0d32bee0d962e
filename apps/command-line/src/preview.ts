import type { FilePreview, Preview } from './api.ts';

/** The members of a sale that fit a terminal; the API's answer has the others. */
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
const maxRows = 10;
const maxCellWidth = 40;

const origins = {
  given: 'by the given mapping',
  remembered: 'by the mapping that the market remembers',
  proposed: 'by a mapping proposed from its columns and their values',
};

/** A preview as text for people. */
export function previewText({ files, more_files, error, retires }: Preview): string {
  const parts = files.map(fileText);
  if (more_files) parts.push('There are more files, which the preview does not read.\n');
  if (error !== null) parts.push(`${error}\n`);
  if (retires !== null) parts.push(`An import would retire ${retires} sales that this edition lacks.\n`);
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
  const shown = sales.slice(0, maxRows);
  if (shown.length > 0) lines.push('', `The first of ${rows} rows read:`, '', ...table(shown));
  if (rejects.length > 0) lines.push('', ...rejects.slice(0, maxRows).map(({ message }) => message));
  if (notes.length > 0) lines.push('', ...notes);
  if (error !== null) lines.push('', `An import would fail: ${error}`);
  return `${lines.join('\n')}\n`;
}

function table(sales: Record<string, unknown>[]): string[] {
  const members = shownMembers.filter((member) => sales.some((sale) => sale[member] !== null));
  const rows = [
    members,
    ...sales.map((sale) => members.map((member) => String(sale[member] ?? '').slice(0, maxCellWidth))),
  ];
  const widths = members.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
}
