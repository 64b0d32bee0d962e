/** The typefaces of HTML, as the dashboard has them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

const fonts = [
  { family: 'Inter', file: '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2', style: 'normal' },
  {
    family: 'Source Serif 4',
    file: '@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2',
    style: 'normal',
  },
  {
    family: 'Source Serif 4',
    file: '@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-italic.woff2',
    style: 'italic',
  },
];
/** The style sheet that embeds them. */
export const fontFaces = fonts
  .map(({ family, file, style }) => {
    const data = readFileSync(resolve(file)).toString('base64');
    return `@font-face{font-family:"${family}";font-style:${style};font-weight:200 900;font-display:swap;src:url(data:font/woff2;base64,${data}) format("woff2")}`;
  })
  .join('');
