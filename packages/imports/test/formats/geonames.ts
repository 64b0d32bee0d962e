/** A line of a GeoNames file of postal codes, with some of its fields, counted from 0, replaced. */
export const line = (fields: Partial<Record<number, string>> = {}) =>
  ['AU', '2150', 'Parramatta', 'New South Wales', 'NSW', 'SYDNEY', '', '', '', '-33.8167', '151.0', '4']
    .map((value, i) => fields[i] ?? value)
    .join('\t');
