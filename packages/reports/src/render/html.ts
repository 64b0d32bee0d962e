/** A page as one HTML file: styles, fonts and charts are inside, and it needs no script. */
import { readFileSync } from 'node:fs';
import type { Paragraph, Run } from '../document.ts';
import { escapeHtml } from './escape-html.ts';
import { fontFaces } from './font-faces.ts';
import type { Page, PageBlock, PageColumns, PageTable } from './page.ts';
import { pictureSize } from './picture-size.ts';

const style = readFileSync(new URL('page.css', import.meta.url), 'utf8');
export function htmlOf(page: Page): string {
  const { citation, appendix } = page;
  return [
    '<!doctype html>',
    `<html lang="${page.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escapeHtml(page.title)} · ${escapeHtml(page.kind)}</title>`,
    `<meta property="og:type" content="article"><meta property="og:title" content="${escapeHtml(page.title)}"><meta property="og:description" content="${escapeHtml(`${page.kind}: ${page.subtitle}`)}">`,
    ...(page.picture ? openGraphPicture(page.picture) : []),
    '<link rel="icon" href="data:,">',
    `<style>${fontFaces}${style}</style></head><body><main style="--accent:${page.accent}">`,
    `<header><p class="brand">${logo(page)}<span dir="auto">${escapeHtml(page.author)}</span></p><p class="kind">${escapeHtml(page.kind)}, ${escapeHtml(page.date)}</p></header>`,
    `<h1 dir="auto">${escapeHtml(page.title)}</h1><p class="subtitle" dir="auto">${escapeHtml(page.subtitle)}</p>`,
    ...sections(page.blocks),
    ...(citation
      ? [
          `<section class="citation">${citation.qr ? `<div class="qr" role="img" aria-label="${escapeHtml(citation.alt)}">${citation.qr}</div>` : ''}`,
          `<div><h2>${escapeHtml(citation.title)}</h2><p>${escapeHtml(citation.note)}</p><p class="sentence">${escapeHtml(citation.sentence)}</p></div></section>`,
        ]
      : []),
    ...(page.disclaimer.length > 0
      ? [
          `<div class="disclaimer">${page.disclaimer.map((each) => `<p dir="auto">${escapeHtml(each)}</p>`).join('')}</div>`,
        ]
      : []),
    ...(appendix.tables.length > 0
      ? [
          `<section class="appendix"><h2>${escapeHtml(appendix.title)}</h2>`,
          ...appendix.tables.map((each) => `<h3>${escapeHtml(each.title)}</h3>${table(each)}`),
          '</section>',
        ]
      : []),
    `<footer>${escapeHtml(page.footer.source)}</footer>`,
    '</main></body></html>',
  ].join('\n');
}

function openGraphPicture(address: string): string[] {
  const { width, height } = pictureSize;
  return [
    `<meta property="og:image" content="${escapeHtml(address)}"><meta property="og:image:width" content="${width}"><meta property="og:image:height" content="${height}">`,
    '<meta name="twitter:card" content="summary_large_image">',
  ];
}

function logo({ logo }: Page): string {
  if (!logo) return '';
  return logo.startsWith('<svg') ? `<span aria-hidden="true">${logo}</span>` : `<img src="${escapeHtml(logo)}" alt="">`;
}

/** A heading begins a section, which ends before the next one. */
function sections(blocks: readonly (PageBlock | PageColumns)[]): string[] {
  const parts: string[] = [];
  let open = false;
  for (const block of blocks) {
    if (block.type === 'heading' || block.type === 'columns') {
      if (open) parts.push('</section>');
      parts.push(block.type === 'columns' ? '<section class="plain">' : '<section>');
      open = true;
    }
    parts.push(block.type === 'columns' ? columns(block) : html(block));
  }
  if (open) parts.push('</section>');
  return parts;
}

function columns({ columns }: PageColumns): string {
  return `<div class="columns">${columns.map((column) => `<div>${sections(column).join('\n')}</div>`).join('')}</div>`;
}

function html(block: PageBlock): string {
  switch (block.type) {
    case 'heading':
      return `<h2 dir="auto">${escapeHtml(block.text)}</h2>${block.note ? `<p class="note" dir="auto">${escapeHtml(block.note)}</p>` : ''}`;
    case 'text':
      return `<div class="text ${block.style}">${paragraphs(block.paragraphs)}</div>`;
    case 'figures':
      return `<dl class="figures">${block.figures
        .map(
          ({ title, value, note }) =>
            `<div><dt dir="auto">${escapeHtml(title)}</dt><dd>${escapeHtml(value)}</dd><dd class="note">${escapeHtml(note)}</dd></div>`,
        )
        .join('')}</dl>`;
    case 'picture':
      return `<figure role="img" aria-label="${escapeHtml(block.alt)}">${pictures(block)}</figure>${block.note ? `<p class="note">${escapeHtml(block.note)}</p>` : ''}`;
    case 'table':
      return table(block);
  }
}

/** A picture, and where there is one, that for narrow screens: the style sheet shows one of both. */
function pictures({ svg, narrow }: PageBlock & { type: 'picture' }): string {
  const classed = (drawn: string, name: string) => drawn.replace(/^<svg/, `<svg aria-hidden="true"${name}`);
  return narrow ? classed(svg, ' class="wide"') + classed(narrow, ' class="narrow"') : classed(svg, '');
}

function paragraphs(all: readonly Paragraph[]): string {
  const parts: string[] = [];
  let list: string | undefined;
  for (const { kind, runs: content } of all) {
    const wanted = kind === 'item' ? 'ul' : kind === 'numbered' ? 'ol' : undefined;
    if (list !== wanted) parts.push(list ? `</${list}>` : '', wanted ? `<${wanted}>` : '');
    list = wanted;
    const tag = wanted ? 'li' : kind === 'heading' ? 'h3' : 'p';
    parts.push(`<${tag} dir="auto">${content.map(run).join('')}</${tag}>`);
  }
  if (list) parts.push(`</${list}>`);
  return parts.join('');
}

function run({ text, bold, italic, code, link }: Run): string {
  let content = escapeHtml(text);
  if (code) content = `<code>${content}</code>`;
  if (italic) content = `<em>${content}</em>`;
  if (bold) content = `<strong>${content}</strong>`;
  return link ? `<a href="${escapeHtml(link)}" rel="noopener nofollow">${content}</a>` : content;
}

/** Characters of a word that a column has room for. A longer word is broken. */
const maxWord = 16;

/** Columns that fit beside each other on a phone. In a table with more, each row becomes a paragraph there. */
const maxNarrowColumns = 4;

function table({ columns, rows, dense, outside, more }: PageTable): string {
  const isMany = columns.length > maxNarrowColumns;
  const title = columns.findIndex(({ align, isWhole }) => align === 'left' && !isWhole);
  const attributes = columns.map(({ align, isWhole, title: name }, i) => {
    const classes = [align === 'right' && 'number', isWhole && 'whole', isMany && i === title && 'title'].filter(
      Boolean,
    );
    const cell = `${classes.length > 0 ? ` class="${classes.join(' ')}"` : ''}${align === 'left' ? ' dir="auto"' : ''}`;
    const words = [name, ...rows.map((row) => row[i] ?? '')].flatMap((text) => text.split(/[\s-]/));
    const longest = words.reduce((most, { length }) => Math.max(most, length), 0);
    return {
      head: `${cell} scope="col"${isWhole ? '' : ` style="min-width:calc(${Math.min(longest, maxWord)}ch + 12px)"`}`,
      cell: isMany && i !== title ? `${cell} data-title="${escapeHtml(name)}"` : cell,
    };
  });
  return [
    `<div class="table${dense ? ' dense' : ''}"><table${isMany ? ' class="many"' : ''}><thead><tr>`,
    ...columns.map((column, i) => `<th${attributes[i]?.head}>${escapeHtml(column.title)}</th>`),
    '</tr></thead><tbody>',
    ...rows.map(
      (row) => `<tr>${row.map((text, i) => `<td${attributes[i]?.cell}>${escapeHtml(text)}</td>`).join('')}</tr>`,
    ),
    '</tbody></table></div>',
    outside ? `<p class="note">${escapeHtml(outside)}</p>` : '',
    more
      ? `<p class="note">${escapeHtml(more.text)} ${more.address ? `<a href="${escapeHtml(more.address)}">${escapeHtml(more.shown)}</a>` : ''}</p>`
      : '',
  ].join('');
}
