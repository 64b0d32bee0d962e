/** The headers by which answers, lists, CSV and files are cited, and the one that states what they rest on. */
import type { Answer } from '@property-insights/analytics';

/** The version of the market that an answer is from. */
const versionHeader = 'property-insights-version';

/** Whether CSV has all rows. */
export const completeHeader = 'property-insights-complete';

/** Their descriptions in OpenAPI. */
export const citedHeaders = {
  [versionHeader]: { type: 'integer', description: 'The version of the market that the answer is from.' },
  link: {
    type: 'string',
    description:
      'The address to cite the answer by, with `rel="cite-as"` (RFC 8574). Of CSV that is not complete, also the address of the rest, with `rel="next"`. Left out if the address has more than 8,000 characters.',
  },
};

/** Characters of an address in a header, so that all headers of a response have less than the 32 KiB that the load balancer takes. */
const maxAddress = 8_000;

export function cited(version: number, address: string): Record<string, string> {
  return {
    [versionHeader]: String(version),
    ...(address.length <= maxAddress && { link: `<${address}>; rel="cite-as"` }),
  };
}

const coveredHeader = 'property-insights-covered';

/** Its description in OpenAPI. */
export const coveredHeaders = {
  [coveredHeader]: {
    type: 'string',
    description: 'The covered period of the market, such as `2023-12-01/2024-09-30`; left out if no month is covered.',
  },
};

/** The covered period, for lists, CSV and exports: other answers have the member `covered` too. */
export function coveredBy({ covered: { from, to } }: Pick<Answer, 'covered'>): Record<string, string> {
  return from && to ? { [coveredHeader]: `${from}/${to}` } : {};
}

/** Announces that a default of the question changed in this release, or that the answer is of the version before a gazetteer. */
export const noticeHeader = 'property-insights-notice';

export function notice(sentences: (string | undefined)[]): Record<string, string> {
  const known = sentences.filter((sentence) => sentence !== undefined);
  return known.length > 0 ? { [noticeHeader]: known.join(' ') } : {};
}

export function placingNotice({ version, placing }: Pick<Answer, 'version' | 'placing'>): string | undefined {
  if (placing === undefined || version >= placing) return undefined;
  return `Sales are being placed by the gazetteer of version ${placing}; until that has ended, answers are of version ${version}.`;
}
