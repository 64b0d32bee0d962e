/** Makes the document of a report: its own blocks, and what all reports have in common. */
import { createHash } from 'node:crypto';
import { type Cited, cite, type Market } from '@property-insights/analytics';
import Type, { type Static, type TObject } from 'typebox';
import type { Block, Letterhead, ReportDocument } from './document.ts';
import { Formatter } from './format.ts';
import { languages } from './language.ts';
import { markdown } from './markdown.ts';
import type { Ask, Context, Report } from './report.ts';
import { wordsIn } from './words/index.ts';

/** Parameters that every report takes besides its own. */
export const documentParameters = {
  language: Type.Optional(
    Type.Enum([...languages], { default: 'en', description: 'The language of the report: English or German.' }),
  ),
  commentary: Type.Optional(
    Type.String({
      maxLength: 8000,
      description: 'A commentary in Markdown, which follows the headline figures. HTML in it stays text.',
    }),
  ),
};
const anyParameters = Type.Object(documentParameters);

export interface DocumentOptions<P extends TObject> {
  report: Report<P>;
  parameters: Static<P> & Static<typeof anyParameters>;
  ask: Ask;
  market: Market;
  reached: Cited['reached'];
  /** When the version was written. */
  writtenAt: Date;
  /** Reads the notes on the charts of the market, as of the version. */
  notes: Context['notes'];
  /** The address of the report, without parameters; null for a preview. */
  address: string | null;
  letterhead: Letterhead | null;
  /** The address of a picture of it for other sites. */
  picture?: string | undefined;
  /** The digest of the report that the caller cites. */
  cited: string | undefined;
}

/** @throws what `ask` throws */
export async function createDocument<P extends TObject>(options: DocumentOptions<P>): Promise<ReportDocument> {
  const { report, parameters, ask, market, reached, writtenAt } = options;
  const { notes, address, letterhead, picture, cited } = options;
  const { language = 'en', commentary, ...own } = parameters;
  const words = wordsIn(language);
  const format = new Formatter(language, market.currency);
  const { title, subtitle, blocks } = await report.write({ ask, market, words, format, notes }, own as Static<P>);
  const content = {
    report: report.name,
    language,
    kind: words.kinds[report.kind ?? report.name] ?? report.name,
    title,
    subtitle,
    market: { code: market.code, name: market.name, currency: market.currency },
    version: reached.version,
    written_on: writtenAt.toISOString().slice(0, 10),
    attribution: [market.attribution, market.licence].filter(Boolean).join(', ') || null,
    blocks: withCommentary(blocks, commentary, words.commentary),
  };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const about = { question: { summary: content.kind }, parameters, market, reached, writtenAt, hash, cited };
  return {
    ...content,
    letterhead,
    ...(picture && { picture }),
    citation: address === null ? null : cite({ ...about, address }),
  };
}

/** After the opening sentences and figures, before the first heading. */
function withCommentary(blocks: Block[], commentary: string | undefined, title: string): Block[] {
  const paragraphs = commentary ? markdown(commentary) : [];
  if (paragraphs.length === 0) return blocks;
  const found = blocks.findIndex((block) => block.type === 'heading' || block.type === 'columns');
  const at = found < 0 ? blocks.length : found;
  return [
    ...blocks.slice(0, at),
    { type: 'heading', text: title },
    { type: 'text', style: 'body', paragraphs },
    ...blocks.slice(at),
  ];
}
