/** Markdown as paragraphs of a document. HTML in it stays text; images become their descriptions; links lead to http and https addresses only. */
import MarkdownIt, { type Token } from 'markdown-it';
import type { Paragraph, Run } from './document.ts';

type Style = Omit<Run, 'text'>;

/**
 * A request waits while a text is parsed, so the time must not grow faster than its length: 8,000 characters of the worst kind take 0.1 s. Deeper nesting is left
 * out.
 */
const parser = new MarkdownIt('commonmark', { html: false, maxNesting: 100 });
// Of a link that is refused, the text stays.
parser.validateLink = () => true;

/** The paragraphs of a text in Markdown. */
export function markdown(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  /** The lists that are open, the innermost last. */
  const lists: Paragraph['kind'][] = [];
  let isHeading = false;
  for (const { type, content, children } of parser.parse(text, {})) {
    const kind = isHeading ? 'heading' : (lists.at(-1) ?? 'paragraph');
    isHeading = type === 'heading_open';
    if (type === 'bullet_list_open') lists.push('item');
    else if (type === 'ordered_list_open') lists.push('numbered');
    else if (type === 'bullet_list_close' || type === 'ordered_list_close') lists.pop();
    else if (type === 'inline') paragraphs.push({ kind, runs: runs(children ?? []) });
    else if (type === 'fence' || type === 'code_block') {
      paragraphs.push({ kind, runs: [{ text: content.replace(/\n$/, ''), code: true }] });
    }
  }
  return paragraphs;
}

function runs(tokens: readonly Token[]): Run[] {
  const found: Run[] = [];
  /** Of the marks that are open, the innermost last. */
  const styles: Style[] = [{}];
  for (const [i, token] of tokens.entries()) {
    const style = styles.at(-1) ?? {};
    const text = textOf(token);
    const last = found.at(-1);
    if (token.nesting > 0) styles.push({ ...style, ...styleOf(token) });
    else if (token.nesting < 0) styles.pop();
    else if (last && isPlain(token) && isPlain(tokens[i - 1])) last.text += text;
    else if (text !== '') found.push({ ...style, text, ...(token.type === 'code_inline' && { code: true }) });
  }
  return found;
}

/** Text, or the end of a line within a paragraph. */
function isPlain(token: Token | undefined): boolean {
  return token?.type === 'text' || token?.type === 'softbreak';
}

function textOf({ type, content, children }: Token): string {
  if (type === 'softbreak') return '\n';
  if (type === 'hardbreak') return ' ';
  return type === 'image' ? (children ?? []).map(textOf).join('') : content;
}

function styleOf(token: Token): Style {
  if (token.type === 'em_open') return { italic: true };
  if (token.type === 'strong_open') return { bold: true };
  const link = String(token.attrGet('href') ?? '');
  return /^https?:\/\//i.test(link) ? { link } : {};
}
