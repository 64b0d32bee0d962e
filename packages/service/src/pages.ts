/**
 * Whether the caller is a browser looking for a page: its `Accept` names `text/html`, and nothing with a higher preference. Programs send a
 * wildcard, or nothing.
 */
export function prefersPage(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  const page = ranges.find(({ type }) => type === 'text/html');
  return page !== undefined && page.quality > 0 && ranges.every(({ quality }) => !(quality > page.quality));
}
