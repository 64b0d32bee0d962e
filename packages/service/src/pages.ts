/** Whether the caller is a browser looking for a page. Programs send a wildcard, or nothing. */
export function prefersPage(accept: string | undefined): boolean {
  return prefers(accept, 'text/html');
}

/** Whether an `Accept` names a media type, and nothing with a higher preference. */
export function prefers(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined) return false;
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  const named = ranges.find(({ type }) => type === mediaType);
  return named !== undefined && named.quality > 0 && ranges.every(({ quality }) => !(quality > named.quality));
}
