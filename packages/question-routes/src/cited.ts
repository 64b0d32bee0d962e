/** The headers by which answers, lists, CSV and files are cited. */

/** The version of the market that an answer is from. */
export const versionHeader = 'property-insights-version';

/** Their descriptions in OpenAPI. */
export const citedHeaders = {
  [versionHeader]: { type: 'integer', description: 'The version of the market that the answer is from.' },
  link: { type: 'string', description: 'The address to cite the answer by, with `rel="cite-as"` (RFC 8574).' },
};

export function cited(version: number, address: string): Record<string, string> {
  return { [versionHeader]: String(version), link: `<${address}>; rel="cite-as"` };
}
