/** Addresses as people write them: "12 Green Street" is "12 GREEN ST". */
import type { Connection } from '../connection.ts';

/** Words of streets, by what they are abbreviated to. Those of the land registries whose formats are known. */
const abbreviations: Record<string, string[]> = {
  alley: ['al', 'aly'],
  avenue: ['av', 'ave'],
  boulevard: ['bl', 'bvd', 'blvd'],
  circuit: ['cct', 'crct'],
  close: ['cl'],
  court: ['ct', 'crt'],
  crescent: ['cr', 'cres'],
  drive: ['dr', 'drv'],
  esplanade: ['esp'],
  gardens: ['gdns', 'gdn'],
  grove: ['gr', 'grv'],
  highway: ['hwy'],
  lane: ['la', 'ln'],
  parade: ['pde'],
  place: ['pl'],
  road: ['rd'],
  square: ['sq'],
  street: ['st', 'str'],
  terrace: ['tce', 'ter'],
  way: ['wy'],
};
const whole = new Map(Object.entries(abbreviations).flatMap(([word, short]) => short.map((each) => [each, word])));
const streetWords = new Set(Object.keys(abbreviations));

/** The words of an address in lower case, without accents and punctuation, abbreviations of streets in full. */
function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?/gu) ?? []).map((word) => whole.get(word) ?? word);
}

/** The maximum number of addresses that are compared word by word. */
const maxCompared = 10_000;

/**
 * SQL conditions for addresses that may begin with `$begin`, a letter or digit of ASCII: with itself, or with punctuation or an accented letter. DuckDB skips most
 * addresses by each, since they are sorted; by one condition it would read them all.
 */
const mayBegin = [
  'folded >= $begin AND folded < $begin || chr(1114111)',
  `folded < '0'`,
  `folded >= ':' AND folded < 'a'`,
  `folded >= '{'`,
];

interface Address {
  address: string;
  locality: string | null;
  region: string | null;
  postcode: string | null;
  property_id: number;
  /** In force, standard or not. */
  sales: number;
}

/** The addresses that have the same words, or whose place is given too, each with its property. */
export async function addressesLike(db: Connection, address: string): Promise<Address[]> {
  const asked = wordsOf(address);
  const number = asked.find((word) => /\d/.test(word)) ?? '';
  const street = asked.findIndex((word, i) => i > 0 && streetWords.has(word) && !/\d/.test(asked[i - 1] as string));
  const names = asked.filter((word) => !/\d/.test(word) && !streetWords.has(word));
  const name = (street > 0 ? asked[street - 1] : names.sort((a, b) => b.length - a.length)[0]) ?? '';
  if (number === '' && name === '') return [];
  // The first word of a street may be abbreviated in the address.
  const first = streetWords.has(asked[0] as string) ? '' : (asked[0] as string);
  const begin = first.slice(0, 1);
  const sources = (/[a-z0-9]/.test(begin) ? mayBegin : ['true']).map((own) => `SELECT * FROM address WHERE ${own}`);
  const similar = await db.rows<Address>(
    `SELECT address, locality, region, postcode, property_id, sum(sales) AS sales FROM (${sources.join(' UNION ALL ')})
     WHERE contains(folded, $number) AND regexp_matches(strip_accents(folded), '^[^a-z0-9]*' || $first || '([^a-z0-9]|$)')
       AND contains(strip_accents(folded), $name) GROUP BY ALL HAVING sum(sales) > 0 LIMIT ${maxCompared}`,
    { number, name, first, ...(sources.length > 1 && { begin }) },
  );
  return similar.filter((one) => {
    const own = wordsOf(one.address);
    const place = new Set(wordsOf([one.locality, one.region, one.postcode].filter(Boolean).join(' ')));
    return own.every((word, i) => asked[i] === word) && asked.slice(own.length).every((word) => place.has(word));
  });
}
