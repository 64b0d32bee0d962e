/** Citations: what a reader needs to find an answer again, and to see whether it is still the same. */
import type { MarketVersion } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import type { Market } from './market.ts';
import type { Question } from './question.ts';

export const citation = Type.Object(
  {
    address: Type.String({
      description: 'The address of this answer: it names the market, and the version with `as_of`.',
    }),
    sentence: Type.String({ description: 'For a footnote.' }),
    digest: Type.String({
      description:
        'SHA-256 of the answer as compact JSON without `version` and `citation`, in hexadecimal, after the number of the method and a hyphen.',
    }),
    bibtex: Type.String({ description: 'A BibTeX entry of the type `@misc`.' }),
    same: Type.Union([Type.Boolean(), Type.Null()], {
      description: 'Whether the answer is the one that was cited, if the address has `cited`.',
    }),
    why: Type.Union([Type.String(), Type.Null()], { description: 'Why it is not the same.' }),
  },
  { description: 'How to cite this answer.' },
);
export type Citation = Static<typeof citation>;

/** The parameters of an address that an answer is cited by. */
export const citedParameters = {
  as_of: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'The version of the market to answer from; defaults to the current one.',
    }),
  ),
  cited: Type.Optional(
    Type.String({
      pattern: '^\\d{1,6}-[0-9a-f]{16,64}$',
      'x-expected': 'the digest of a citation',
      description:
        'The digest of a cited answer, of which the first 16 digits are enough: the answer states whether it is the same.',
    }),
  ),
};

/** The number of digits of a digest in an address: enough to distinguish answers, and short enough to print. */
const digitsInAddress = 16;

/** What a citation is made of. */
export interface Cited {
  question: Pick<Question, 'summary' | 'methodChanges'>;
  /** The address of the question. */
  address: string;
  parameters: object;
  market: Market;
  reached: MarketVersion;
  /** When the version was written. */
  writtenAt: Date;
  /** SHA-256 of the answer, in hexadecimal. */
  hash: string;
  /** The digest of the answer that the caller cites. */
  cited: string | undefined;
}

export function cite({ question, address, parameters, market, reached, writtenAt, hash, cited }: Cited): Citation {
  const digest = `${methodOf(question)}-${hash}`;
  const query = queryOf({ ...parameters, market: market.code });
  query.append('as_of', String(reached.version));
  query.append('cited', digest.slice(0, digest.indexOf('-') + 1 + digitsInAddress));
  const url = `${address}?${query}`;
  const day = writtenAt.toISOString().slice(0, 10);
  const title = `${question.summary}: ${market.name}`;
  const source = [market.attribution, market.licence].filter(Boolean).join(', ');
  return {
    address: url,
    sentence: [
      `Property Insights, “${title}”, version ${reached.version} of ${day}, ${url}.`,
      ...(source ? [`Data: ${source}.`] : []),
      ...(market.recorded_at_migration
        ? [
            'The name, currency and time zone of the market are those of the time when their changes were first recorded.',
          ]
        : []),
    ].join(' '),
    digest,
    bibtex: bibtex({
      key: `${market.code}-${reached.version}-${hash.slice(0, 8)}`,
      title,
      year: day.slice(0, 4),
      version: String(reached.version),
      url,
      note: [`version ${reached.version} of ${day}`, source, `digest ${digest}`].filter(Boolean).join('; '),
    }),
    ...compare(question, digest, cited),
  };
}

/** The number of the method by which a question is answered. It increases when a release changes the answer to the same sales. */
function methodOf({ methodChanges = [] }: Pick<Question, 'methodChanges'>): number {
  return methodChanges.length + 1;
}

function compare(
  { methodChanges = [] }: Pick<Question, 'methodChanges'>,
  digest: string,
  cited: string | undefined,
): Pick<Citation, 'same' | 'why'> {
  if (cited === undefined) return { same: null, why: null };
  if (digest.startsWith(cited)) return { same: true, why: null };
  const since = methodChanges.slice(Number(cited.split('-', 1)[0]) - 1);
  const why = since.map(({ since, sentence }) => `Release ${since} changed the method: ${sentence}`).join(' ');
  return {
    same: false,
    why:
      why ||
      'The method is the same, so the parameters differ from those that were cited, or the digest was not copied exactly.',
  };
}

/** Parameters as they stand in an address, sorted by name. */
export function queryOf(parameters: object): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const each of [value].flat()) if (each !== undefined) query.append(name, String(each));
  }
  return query;
}

function bibtex({
  key,
  url,
  ...fields
}: Record<'key' | 'title' | 'year' | 'version' | 'url' | 'note', string>): string {
  const lines = Object.entries({ author: '{Property Insights}', ...fields }).map(
    ([name, value]) => `  ${name} = {${name === 'author' ? value : escapeTex(value)}},`,
  );
  return [`@misc{${key},`, ...lines, `  url = {${url}}`, '}'].join('\n');
}

const texCharacters: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

function escapeTex(text: string): string {
  return text.replace(/[\\~^#$%&_{}]/g, (character) => texCharacters[character] ?? `\\${character}`);
}
