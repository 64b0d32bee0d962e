/** Markdown as paragraphs of a document. HTML in it stays text; images become their descriptions; links lead to http and https addresses only. */
import type { Nodes, PhrasingContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Paragraph, Run } from './document.ts';

type Style = Omit<Run, 'text'>;

/** The paragraphs of a text in Markdown. */
export function markdown(text: string): Paragraph[] {
  return fromMarkdown(text).children.flatMap((node) => paragraphs(node, 'paragraph'));
}

function paragraphs(node: Nodes, kind: Paragraph['kind']): Paragraph[] {
  switch (node.type) {
    case 'heading':
      return [{ kind: 'heading', runs: runs(node.children) }];
    case 'paragraph':
      return [{ kind, runs: runs(node.children) }];
    case 'list': {
      const item = node.ordered ? 'numbered' : 'item';
      return node.children.flatMap(({ children }) => children.flatMap((child) => paragraphs(child, item)));
    }
    case 'blockquote':
      return node.children.flatMap((child) => paragraphs(child, kind));
    case 'code':
      return [{ kind, runs: [{ text: node.value, code: true }] }];
    case 'html':
      return [{ kind, runs: [{ text: node.value }] }];
    default:
      return [];
  }
}

function runs(nodes: readonly PhrasingContent[], style: Style = {}): Run[] {
  return nodes.flatMap((node): Run[] => {
    switch (node.type) {
      case 'text':
      case 'html':
        return [{ ...style, text: node.value }];
      case 'inlineCode':
        return [{ ...style, text: node.value, code: true }];
      case 'emphasis':
        return runs(node.children, { ...style, italic: true });
      case 'strong':
        return runs(node.children, { ...style, bold: true });
      case 'link':
        return runs(node.children, /^https?:\/\//i.test(node.url) ? { ...style, link: node.url } : style);
      case 'break':
        return [{ ...style, text: ' ' }];
      case 'image':
        return [{ ...style, text: node.alt ?? '' }];
      default:
        return [];
    }
  });
}
