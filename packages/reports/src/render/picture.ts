/** A page as a picture: what other sites show beside a link to it (Open Graph). */
import { Resvg } from '@resvg/resvg-js';
import { fullWidth, ink, ink2, ink3, paper, rule, sans, serif } from '../charts/theme.ts';
import { escapeHtml } from './escape-html.ts';
import { fontFiles } from './fonts.ts';
import type { Page, PageBlock } from './page.ts';
import { pictureSize } from './picture-size.ts';

const margin = 64;
const chartLeft = 500;
const chartTop = 276;

/** A PNG with the title, the first figures and the first chart of a page. */
export function pictureOf(page: Page): Uint8Array {
  const { width, height } = pictureSize;
  const blocks = page.blocks.flatMap((block) => (block.type === 'columns' ? block.columns.flat() : [block]));
  const chart = blocks.find((block) => block.type === 'picture');
  const { figures = [] } = blocks.find((block) => block.type === 'figures') ?? {};
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${paper}"/>`,
    text(page.author, { x: margin, y: 78, size: 24, weight: 600, fill: page.accent, family: serif, room: 700 }),
    text(`${page.kind}, ${page.date}`, { x: width - margin, y: 78, size: 20, anchor: 'end', room: 460 }),
    text(page.title, { x: margin, y: 168, size: 62, fill: ink, family: serif, room: width - 2 * margin }),
    text(page.subtitle, { x: margin, y: 216, size: 28, family: serif, room: width - 2 * margin }),
    `<path d="M${margin} 246H${width - margin}" stroke="${page.accent}" stroke-width="2"/>`,
    ...figures.slice(0, 3).flatMap(({ title, value, note }, i) => {
      const y = 300 + 100 * i;
      return [
        text(title, { x: margin, y, size: 20, room: 400 }),
        text(value, { x: margin, y: y + 40, size: 38, fill: ink, family: serif, room: 400 }),
        text(note, { x: margin, y: y + 64, size: 17, fill: ink3, room: 400 }),
      ];
    }),
    chart ? placed(chart) : '',
    `<path d="M${margin} 584H${width - margin}" stroke="${rule}"/>`,
    text(page.footer.source, { x: margin, y: 610, size: 16, fill: ink3, room: width - 2 * margin }),
    '</svg>',
  ].join('');
  return new Resvg(svg, {
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: sans },
    logLevel: 'off',
  })
    .render()
    .asPng();
}

interface TextStyle {
  x: number;
  y: number;
  size: number;
  /** Pixels. Longer text ends with an ellipsis. */
  room: number;
  fill?: string;
  family?: string;
  weight?: number;
  anchor?: string;
}

function text(
  content: string,
  { x, y, size, room, fill = ink2, family = sans, weight = 400, anchor = 'start' }: TextStyle,
) {
  // About half of its size is the width of a letter.
  const most = Math.floor(room / (0.5 * size));
  const letters = Array.from(content);
  const shown = letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : content;
  return `<text x="${x}" y="${y}" font-family="'${family}'" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escapeHtml(shown)}</text>`;
}

function placed({ svg, width, height }: PageBlock & { type: 'picture' }): string {
  const scale = Math.min(
    (pictureSize.width - chartLeft - margin) / Math.max(width, fullWidth / 2),
    (574 - chartTop) / height,
  );
  const place = `x="${chartLeft}" y="${chartTop}" width="${width * scale}" height="${height * scale}" viewBox="0 0 ${width} ${height}"`;
  return svg.replace(
    /^<svg[^>]*>/,
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${place}>`,
  );
}
